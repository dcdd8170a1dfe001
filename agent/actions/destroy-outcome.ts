/** What has become of a target, from the broker's reply. */

import type { DestroyReply } from '../broker-link/destroy-records';
import { errnoName, ownersText, socketOwnersText } from '../common/wording';
import type { SeenSocket } from '../inventory/inventory';
import { type Ending, type Owner, type ProcessId, processKey, uniqueProcesses } from '../protocol';
import { type ProcessStat, processStat } from '../system/process-stat';
import type { TargetPlan } from './destroy-plan';

/**
 * What udp_abort leaves, as the broker's audit log has it: only a port that the process has bound itself. The process may have closed
 * the socket by now, or sent from it again, which binds another port.
 */
function keepsPort({ record }: SeenSocket, there: boolean): boolean {
  return record.portFrom === null ? there : record.portFrom === 'process';
}

/** More facts for the result of a destroyed listener. */
interface ListenerEnd {
  /** One clause on the CPU use of its owners; null: not measured. */
  readonly spinning: string | null;
  /** SO_REUSEADDR was set on it first. */
  readonly takenOver: boolean;
}

/** What they were to be destroyed for has ended before. */
const overBefore: Result = {
  outcome: 'failed',
  message: ['', ' was left alone: what it was to be destroyed for, an outage or a drill, was over before'],
};
export const unwanted: Ending = { ...overBefore, engine: null, errno: null };

/** What the targets of one request have become: one object for all of which it says the same. */
export class Endings {
  readonly #known = new Map<string, Ending>();
  readonly #ownersNow = ownersNowOnce();

  of(seen: SeenSocket, reply: DestroyReply, listenerEnd: ListenerEnd): Ending {
    if (seen.socket.state === 'listen') return toEnding(seen, reply, listenerEnd, this.#ownersNow);
    const key = commonKey(seen, reply);
    const ending = this.#known.get(key) ?? toEnding(seen, reply, listenerEnd, this.#ownersNow);
    this.#known.set(key, ending);
    return ending;
  }
}

/** All that toEnding looks at, of what is no listener. */
function commonKey({ socket, record }: SeenSocket, { engine, status, errno, remains }: DestroyReply): string {
  const { protocol, owners, ownersLeftOut, inode } = socket;
  const holders = owners.length > 0 ? owners.map(processKey).join() : inode === '0';
  return `${engine} ${status} ${errno} ${remains} ${protocol} ${record.portFrom} ${ownersLeftOut} ${holders}`;
}

export function toEnding(
  seen: SeenSocket,
  reply: DestroyReply,
  listenerEnd: ListenerEnd,
  ownersNow: OwnersNow,
): Ending {
  const { outcome, message } = outcomeOf(seen, reply, ownersNow);
  const isDeaf = seen.socket.state === 'listen' && outcome === 'destroyed';
  return {
    outcome,
    engine: reply.engine,
    errno: reply.errno === 0 ? null : errnoName(reply.errno),
    message:
      isDeaf && typeof message !== 'string'
        ? [message[0], `${message[1]}${listenerNote(seen, reply, listenerEnd)}`]
        : message,
  };
}

/** Whether a process still runs, after the destroy. */
type LifeOf = (process: ProcessId) => ProcessStat['life'];

/** What has become of the owners, as the end of a sentence. */
type OwnersNow = (owners: readonly Owner[]) => string;

/** Many sockets have the same owners: they are looked at, and written down, once. */
export function ownersNowOnce(lifeOf: LifeOf = (process) => processStat(process).life): OwnersNow {
  const known = new Map<string, string>();
  return (owners) => {
    const key = owners.map(processKey).join();
    const text = known.get(key) ?? ownersNowText(owners, lifeOf);
    known.set(key, text);
    return text;
  };
}

type Result = Pick<Ending, 'outcome' | 'message'>;

function outcomeOf(
  seen: SeenSocket,
  { engine, status, errno, remains }: DestroyReply,
  ownersNow: OwnersNow,
): Result {
  const there = remains === 'open';
  switch (status) {
    case 'done':
      if (errno !== 0) return engineFailed(errno, remains);
      if (seen.socket.protocol === 'udp' && keepsPort(seen, there))
        return {
          outcome: 'reset',
          message: ['', ` of ${socketOwnersText(seen.socket)} got its error${boundText(remains)}`],
        };
      if (remains === 'nothing' || remains === 'port' || seen.socket.protocol === 'udp')
        return { outcome: 'destroyed', message: ['Destroyed ', `${ownersClause(seen, ownersNow)}`] };
      return {
        outcome: 'failed',
        message: there
          ? ['The kernel reported success, but ', ' is still open: try again']
          : ['The kernel reported success, but whether ', ' is closed could not be checked: list it again'],
      };
    case 'pending':
      if (errno !== 0) return engineFailed(errno, remains);
      // Without an engine, it was judged to be closed.
      if (remains === 'unknown' && engine !== null) return unchecked;
      if (!there) return { outcome: 'gone', message: ['', ' was closed before anything was done'] };
      return {
        outcome: 'failed',
        message:
          engine === 'sock_diag'
            ? ['SOCK_DESTROY finds sockets by their addresses, and found another one than ', `: ${bpfTells}`]
            : ["The walk over the kernel's sockets did not meet ", ': try again'],
      };
    case 'changed':
      return {
        outcome: 'changed',
        message: ['', ' has another tuple by now and was left alone: refresh and choose again'],
      };
    case 'denied':
    case 'left':
    case 'stale':
      return { outcome: 'protected', message: ['', ' was left alone'] };
    case 'held':
      return { outcome: 'failed', message: ['', ' was only inspected: try again'] };
    case 'kernel':
      return { outcome: 'protected', message: ['', ' belongs to the kernel itself and was left alone'] };
    case 'minisock':
      return {
        outcome: 'unsupported',
        message: ['The bpf engine cannot destroy ', ' in this state: use --engine sock_diag'],
      };
    case 'backlog':
      return {
        outcome: 'unsupported',
        message: ['', ' has connections waiting to be accepted: use --engine sock_diag'],
      };
    case 'noKfunc':
      return {
        outcome: 'unsupported',
        message: 'This kernel has no bpf_sock_destroy (Linux 6.5): use --engine sock_diag',
      };
  }
}

const bpfTells = 'the bpf engine (Linux 6.5) tells those apart that share them';

/** Of a socket, or of all that led to its namespace. */
const unfound: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'EBADF']);

const unchecked: Result = {
  outcome: 'failed',
  message: ['Whether ', ' is closed could not be checked: list it again'],
};

/** Of a UDP socket. */
function boundText(remains: DestroyReply['remains']): string {
  if (remains === 'unknown') return '; whether it stays bound could not be checked';
  return remains === 'open' ? ' and stays bound' : ' and was closed then';
}

function ownersClause({ socket }: SeenSocket, ownersNow: OwnersNow): string {
  return socket.owners.length === 0 ? `, which ${socketOwnersText(socket)} held` : ownersNow(socket.owners);
}

/** Whether the owners still run, as far as /proc shows it. */
function ownersNowText(owners: readonly Owner[], lifeOf: LifeOf): string {
  const lives = new Map(owners.map((owner) => [owner, lifeOf(owner)]));
  const running = owners.filter((owner) => lives.get(owner) === 'running');
  if (running.length > 0) return `. ${ownersText(running)} ${isOrAre(running)} still running`;
  const ended = owners.every((owner) => lives.get(owner) === 'ended');
  return ended ? `. ${ownersText(owners)} ${isOrAre(owners, 'has', 'have')} ended` : '';
}

function isOrAre(owners: readonly Owner[], one = 'is', several = 'are'): string {
  return uniqueProcesses(owners).length === 1 ? one : several;
}

function engineFailed(errno: number, remains: DestroyReply['remains']): Result {
  const code = errnoName(errno);
  if (unfound.has(code) && remains === 'unknown') return unchecked;
  if (code === 'ENOENT' && remains !== 'open')
    return { outcome: 'gone', message: ['', ' was closed before anything was done'] };
  if (code === 'ECANCELED') return overBefore;
  if (code === 'EOPNOTSUPP')
    return {
      outcome: 'unsupported',
      message: ['This kernel cannot destroy ', ': run sockscope doctor to see why'],
    };
  if (code === 'ETIMEDOUT' || code === 'EBUSY' || code === 'EINTR') return unanswered(remains, code);
  return { outcome: 'failed', message: ['', ` could not be destroyed (${code}): refresh and try again`] };
}

/** The engine was given up, or killed: only the later scan shows what became of the socket. */
function unanswered(remains: DestroyReply['remains'], code: string): Result {
  const isKilled = code === 'EINTR';
  if (remains === 'unknown') return unchecked;
  if (remains !== 'open') {
    const why = isKilled ? 'was killed before it answered' : 'did not answer in time';
    return {
      outcome: 'gone',
      message: ['', ` is closed now, but the engine ${why}: what closed it is unknown`],
    };
  }
  return {
    outcome: 'failed',
    message: [
      '',
      isKilled
        ? ' was left alone: the walker was killed; try again'
        : ' was left alone: the walker did not come to it in time, as a process that is stalled in a send held it up, or it was stopped; try again',
    ],
  };
}

function listenerNote(
  { socket }: SeenSocket,
  { remains }: DestroyReply,
  { spinning, takenOver }: ListenerEnd,
): string {
  const stays = takenOver
    ? 'can be bound at once by a server that sets SO_REUSEADDR'
    : 'stays taken until the process closes it';
  const port = remains === 'port' ? `; port ${socket.local.port} ${stays}` : '';
  return `${port}${spinning ? `; ${spinning}` : ''}`;
}

/** Of a target that was not acted on. */
export function refused({ act, message = '' }: TargetPlan): Ending {
  const outcome = act === 'destroy' || act === 'reset' ? 'failed' : act;
  return { outcome, engine: null, errno: null, message };
}
