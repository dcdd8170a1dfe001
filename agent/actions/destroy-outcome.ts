/** The result for one target, from the engine's reply and a later scan. */

import type { DestroyReply } from '../broker-link/destroy-records';
import { errnoName, ownersText } from '../common/wording';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import {
  type DestroyedSocket,
  formatTuple,
  isClosed,
  type Owner,
  sameTuple,
  type Target,
  targetOf,
  uniqueProcesses,
} from '../protocol';
import { processStat } from '../system/process-stat';
import type { TargetPlan } from './destroy-plan';

/** Same cookie, not closed, and for TCP the same tuple: a UDP socket that loses its remote is the same socket on its port. */
export function stillThere({ socket }: SeenSocket, inventory: Inventory): boolean {
  const now = inventory.get(socket);
  if (!now || isClosed(now.socket)) return false;
  return socket.protocol === 'udp' || (sameTuple(socket, now.socket) && !keepsOnlyPort(socket, now));
}

/** A destroyed TCP socket keeps an explicitly bound port until it is closed: until then its state is `bound`. */
function keepsOnlyPort({ state }: SeenSocket['socket'], now: SeenSocket): boolean {
  return state !== 'bound' && now.socket.state === 'bound';
}

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

/** `after`: a scan made after the destroy, which decides the outcome. */
export function toResult(
  seen: SeenSocket,
  reply: DestroyReply,
  after: Inventory,
  listenerEnd: ListenerEnd,
): DestroyedSocket {
  const there = stillThere(seen, after);
  const result = outcomeOf(seen, reply, there);
  const note =
    seen.socket.state === 'listen' && result.outcome === 'destroyed'
      ? listenerNote(seen, after, listenerEnd)
      : '';
  return {
    ...targetOf(seen.socket),
    outcome: result.outcome,
    engine: reply.engine,
    errno: reply.errno === 0 ? null : errnoName(reply.errno),
    message: `${result.message}${note}`,
  };
}

type Result = Pick<DestroyedSocket, 'outcome' | 'message'>;

function outcomeOf(seen: SeenSocket, { status, errno }: DestroyReply, there: boolean): Result {
  const name = formatTuple(seen.socket);
  const who = ownersText(seen.socket.owners);
  switch (status) {
    case 'done':
      if (errno !== 0) return engineFailed(name, errno, there);
      if (seen.socket.protocol === 'udp' && keepsPort(seen, there))
        return {
          outcome: 'reset',
          message: `${name} of ${who} got its error and ${there ? 'stays bound' : 'was closed then'}`,
        };
      if (!there || seen.socket.protocol === 'udp')
        return { outcome: 'destroyed', message: `Destroyed ${name}${ownersNow(seen)}` };
      return {
        outcome: 'failed',
        message: `The kernel reported success, but ${name} is still open: try again`,
      };
    case 'pending':
      if (errno !== 0) return engineFailed(name, errno, there);
      if (!there) return { outcome: 'gone', message: `${name} was closed before anything was done` };
      return {
        outcome: 'failed',
        message: `The walk over the kernel's sockets did not meet ${name}: try again`,
      };
    case 'changed':
      return {
        outcome: 'changed',
        message: `${name} has another tuple by now and was left alone: refresh and choose again`,
      };
    case 'denied':
    case 'left':
      return { outcome: 'protected', message: `${name} was left alone` };
    case 'held':
      return { outcome: 'failed', message: `${name} was only inspected: try again` };
    case 'kernel':
      return { outcome: 'protected', message: `${name} belongs to the kernel itself and was left alone` };
    case 'minisock':
      return {
        outcome: 'unsupported',
        message: `The bpf engine cannot destroy ${name} in this state: use --engine sock_diag`,
      };
    case 'backlog':
      return {
        outcome: 'unsupported',
        message: `${name} has connections waiting to be accepted: use --engine sock_diag`,
      };
    case 'noKfunc':
      return {
        outcome: 'unsupported',
        message: 'This kernel has no bpf_sock_destroy (Linux 6.5): use --engine sock_diag',
      };
  }
}

/** Whether the owners still run, as far as /proc shows it. */
function ownersNow({ socket: { owners } }: SeenSocket): string {
  if (owners.length === 0) return ', which no process held';
  const lives = new Map(owners.map((owner) => [owner, processStat(owner).life]));
  const running = owners.filter((owner) => lives.get(owner) === 'running');
  if (running.length > 0) return `. ${ownersText(running)} ${isOrAre(running)} still running`;
  const ended = owners.every((owner) => lives.get(owner) === 'ended');
  return ended ? `. ${ownersText(owners)} ${isOrAre(owners, 'has', 'have')} ended` : '';
}

function isOrAre(owners: readonly Owner[], one = 'is', several = 'are'): string {
  return uniqueProcesses(owners).length === 1 ? one : several;
}

function engineFailed(name: string, errno: number, there: boolean): Result {
  const code = errnoName(errno);
  if (code === 'ENOENT' && !there)
    return { outcome: 'gone', message: `${name} was closed before anything was done` };
  if (code === 'EOPNOTSUPP')
    return {
      outcome: 'unsupported',
      message: `This kernel cannot destroy ${name}: run sockscope doctor to see why`,
    };
  if (code === 'ETIMEDOUT' || code === 'EBUSY') return unanswered(name, there);
  return { outcome: 'failed', message: `${name} could not be destroyed (${code}): refresh and try again` };
}

/** The engine was given up: only the later scan shows what became of the socket. */
function unanswered(name: string, there: boolean): Result {
  return there
    ? {
        outcome: 'failed',
        message: `${name} was left alone: a process that is stalled in a send holds it or the walk up; try again when it goes on`,
      }
    : {
        outcome: 'gone',
        message: `${name} is closed now, but the engine did not answer in time: what closed it is unknown`,
      };
}

function listenerNote(
  { socket }: SeenSocket,
  after: Inventory,
  { spinning, takenOver }: ListenerEnd,
): string {
  const bound = after.get(socket)?.socket.state === 'bound';
  const stays = takenOver
    ? 'can be bound at once by a server that sets SO_REUSEADDR'
    : 'stays taken until the process closes it';
  const port = bound ? `; port ${socket.local.port} ${stays}` : '';
  return `${port}${spinning ? `; ${spinning}` : ''}`;
}

/** The result for a target that was not acted on. */
export function refused(target: Target, { act, message }: TargetPlan): DestroyedSocket {
  const outcome = act === 'destroy' || act === 'reset' ? 'failed' : act;
  return { ...targetOf(target), outcome, engine: null, errno: null, message };
}
