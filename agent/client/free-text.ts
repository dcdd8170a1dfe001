/** Sentences of a plan, before anything is done. Pure. */

import type { PortHolder } from '../protocol';
import type { FoundSupervisor, StopWay } from './find-supervisor';
import type { FreeOptions } from './free-types';
import { count, list, quoted } from './port-text';

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

export function wayText(stop: StopWay, who: string, { signal }: FreeOptions): string {
  switch (stop.by) {
    case 'signal':
      return `SIG${signal} stops ${who}, with all that it runs`;
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
