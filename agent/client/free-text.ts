/** Sentences of a plan, before anything is done. Pure. */

import { formatEndpoint, type PortHolder } from '../protocol';
import { isHere } from './explain-port';
import type { FoundSupervisor, StopWay } from './find-supervisor';
import type { FreeOptions } from './free-types';
import { count, list, processesText, quoted } from './port-text';

export function signalText(who: string, { signal, graceMs }: FreeOptions, shared: boolean): string {
  const others = shared ? '; what shares its socket gets it only if it stays' : '';
  return signal === 'KILL'
    ? `SIGKILL ends ${who} at once, without a chance to clean up${others}`
    : `SIGTERM goes to ${who} alone, which has ${graceMs / 1000} s to end${others}`;
}

/** `nodemon (pid 41)`, `nginx.service`. */
export function supervisorText({ respawn: { name, process } }: Pick<FoundSupervisor, 'respawn'>): string {
  return process ? `${quoted(name)} (pid ${process.pid})` : quoted(name);
}

export function wayText(stop: StopWay, who: string): string {
  switch (stop.by) {
    case 'signal':
      return `SIGTERM stops ${who}, with all that it runs`;
    case 'program':
      return `\`${commandText(stop.command)}\` stops ${who}`;
    case 'client':
      return `${who} is stopped`;
  }
}

export function commandText(command: readonly string[]): string {
  return command.map((word) => (/^[\w./:@-]+$/.test(word) ? word : quoted(word))).join(' ');
}

/** `3 connections and 1 time-wait socket`. */
export function leftoversText(holders: readonly PortHolder[]): string {
  const kinds = [
    ['connection', 'connection'],
    ['time-wait', 'time-wait socket'],
    ['orphan', 'orphan'],
  ] as const;
  const parts = kinds.flatMap(([kind, what]) => {
    const sockets = holders.filter((holder) => holder.kind === kind).flatMap(({ sockets }) => sockets);
    return sockets.length === 0 ? [] : [count(sockets.length, what)];
  });
  return list(parts);
}

/** Why nothing is done to a holder. `netns`: where the port is to be freed. */
export function leftAloneText(holder: PortHolder, netns: number): string {
  const { kind, sockets, owners, why } = holder;
  if (kind === 'reserved') return why;
  const who = owners.length > 0 ? processesText(owners) : placesText(holder);
  if (!isHere(holder, netns))
    return `${who} is left alone: it is in another network namespace, which has ports of its own`;
  if (sockets.some(({ lifeline }) => lifeline))
    return `${who} is left alone: it carries an editor, remote-login or agent session`;
  if (kind === 'client')
    return `${who} is left alone: the port is its own end of a connection, chosen by the kernel, and free when that is over`;
  const obstacle = sockets.find((socket) => socket.obstacle !== null)?.obstacle;
  return `${who} is left alone: ${obstacle ?? why}`;
}

/** `0.0.0.0:3000`, `127.0.0.1:3000 and 2 more`; without a socket, `what holds it`. */
function placesText({ sockets }: PortHolder): string {
  const [first, ...rest] = sockets;
  if (!first) return 'what holds it';
  const place = formatEndpoint(first.local);
  return rest.length === 0 ? place : `${place} and ${rest.length} more`;
}
