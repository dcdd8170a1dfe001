/** The target of a drill or an outage, as a filter that still matches after a reconnect. Pure. */

import { formatEndpoint, type Socket, type Subject, withoutMapping } from '../../agent/protocol';
import { numberText, type Translate } from '../base/text';
import { processText } from '../tree/process-text';
import { isElsewhere, type RowContext } from '../tree/row-context';
import { isLocked, processesOf } from '../tree/sockets';

/** Throws an Error for the user. `accepted`: a process listens on its local port, so the other end made the connection. */
export function aimOfSocket(t: Translate, socket: Socket, accepted: boolean): string {
  if (!socket.remote || isLocked(socket)) throw new Error(t('This is no connection that can be cut.'));
  if (accepted && !socket.peer)
    throw new Error(
      t(
        'The program that made this connection is not on this machine: its reconnects are visible only where it runs.',
      ),
    );
  const made = accepted && socket.peer ? socket.peer : socket;
  const pids = [...new Set(processesOf(made).map(({ pid }) => pid))];
  if (pids.length === 0 || !made.remote)
    throw new Error(
      t('The process that made this connection is not known here: Start Agent, and try again.'),
    );
  return `pid:${pids.join(',')} remote:${remoteText(made.remote.address, made.remote.port)}`;
}

/** Throws an Error for the user. */
export function aimOfGroup(t: Translate, subject: Subject, rowContext: RowContext): string {
  if (subject.kind === 'process') return `pid:${subject.pid}`;
  if (subject.kind !== 'remote')
    throw new Error(t('Select a connection, a process or a remote in the Sockscope view.'));
  const { address, port, netns } = subject;
  const remote = `remote:${port === null ? withoutMapping(address) : remoteText(address, port)}`;
  return isElsewhere(netns, rowContext) ? `${remote} net:${netns}` : remote;
}

function remoteText(address: string, port: number): string {
  return formatEndpoint({ address: withoutMapping(address), port });
}

/** The known owners of the sockets: `node (pid 42), redis-cli (pid 43) and 2 more`. */
export function ownersList(t: Translate, sockets: readonly Socket[]): string {
  const processes = [...new Map(sockets.flatMap(processesOf).map((one) => [one.pid, one])).values()];
  const named = processes.slice(0, 5).map(processText).join(', ');
  return processes.length > 5 ? t('{0} and {1} more', named, numberText(processes.length - 5)) : named;
}
