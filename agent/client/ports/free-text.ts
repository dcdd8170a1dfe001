/** Sentences of a plan, before anything is done. Pure. */

import { commandText } from '../../common/command-text';
import {
  count,
  list,
  type NamedProcess,
  processesText,
  processText,
  quoted,
} from '../../common/process-text';
import type { HolderKind, Owner, PortHolder } from '../../protocol';
import { asRoot } from '../served-uid';
import type { FoundSupervisor, StopWay } from './find-supervisor';
import type { Step } from './free-step';
import type { FreeOptions } from './free-types';

/** `processes`: none where it is hidden. */
export function signalText(processes: readonly NamedProcess[], { signal, graceMs }: FreeOptions): string {
  const who = processesText(processes);
  const has = processes.length > 1 ? 'have' : 'has';
  return signal === 'KILL'
    ? `SIGKILL ends ${who} at once, without a chance to clean up`
    : `SIGTERM goes to ${who} alone, which ${has} ${graceMs / 1000} s to end`;
}

/** The steps in a sentence: signals alike in one clause. */
export function stepsText(steps: readonly Step[], options: FreeOptions): string {
  const signals = steps.filter(isPlainSignal);
  if (signals.length < 2) return steps.map(({ what }) => what).join('; ');
  const others = steps.filter((step) => !isPlainSignal(step)).map(({ what }) => what);
  return [
    signalText(
      signals.flatMap(({ process }) => process ?? []),
      options,
    ),
    ...others,
  ].join('; ');
}

function isPlainSignal({ act, process, stop, ifStillBusy }: Step): boolean {
  return act === 'signal' && process !== null && !stop && !ifStillBusy;
}

/** `named`: processes that the supervisor would restart; `inheritors`: those that may end too, as systemd ends a whole unit. */
export function stopText(
  stop: StopWay,
  supervisor: string,
  named: readonly Owner[],
  inheritors: readonly Owner[],
  options: FreeOptions,
): string {
  const gets = `SIG${options.signal}`;
  const ifLeft = named.length === 1 ? `gets ${gets} if it stays` : `get ${gets} if they stay`;
  const none = inheritors.length === 1 ? 'gets no signal' : 'get no signal';
  const others = inheritors.length === 0 ? '' : `; ${processesText(inheritors)} ${none}, but may end with it`;
  const would = stop.by === 'program' && stop.isUnsure ? 'may' : 'would';
  return `${wayText(stop, supervisor, options)}, since it ${would} start ${processesText(named)} again, which ${ifLeft}${others}`;
}

const inherited: Partial<Record<HolderKind, string>> = {
  listener: 'listening socket',
  bound: 'bound socket',
  udp: 'UDP socket',
};

/** Covers workers and helpers: they cannot be distinguished from outside. */
export function inheritedText(inheritors: readonly Owner[], kind: HolderKind): string {
  const one = inheritors.length === 1;
  const condition = one ? 'it ends with its server' : 'they end with their server';
  return `${processesText(inheritors)} inherited the ${inherited[kind] ?? 'connection'} and ${one ? 'is' : 'are'} left alone: unless ${condition}, the port stays busy`;
}

/** The step of a process that only inherited a socket, once its server has ended. */
export function inheritorText(owner: Owner, kind: HolderKind, options: FreeOptions): string {
  const what = inherited[kind] ?? 'connection';
  return `If ${processText(owner)}, which inherited the ${what}, still holds it, ${signalText([owner], options)}`;
}

/** `sessions`: what lives on, as a clause. */
export function releaseText(command: readonly string[], owner: Owner, sessions: string): string {
  return `\`${commandText(command)}\` closes the port alone: ${processText(owner)} lives on, and ${sessions}`;
}

/** `why` names the sessions. */
export function sessionsText(why: string): string {
  return `${why}, which would end with it: it is left alone without --include-sessions`;
}

/** `command`: frees the wildcard address as well. */
export function oneAddressText({ why, blocks }: PortHolder, command: string): string {
  return `${why}: only binds to ${list(blocks)} need its end, so it is left alone; ${command} ends it`;
}

/** Not all owners are known, so the user cannot agree to their end. */
export function unknownOwnersText(owners: readonly Owner[], leftOut: number): string {
  return `${processesText(owners.slice(0, 3))} and others are left alone: ${count(leftOut, 'owner')} of the socket cannot be named, since it has more than are listed; end them by what started them`;
}

/** `nodemon (pid 41)`, `nginx.service`. */
export function supervisorText({ respawn: { name, process } }: Pick<FoundSupervisor, 'respawn'>): string {
  return process ? `${quoted(name)} (pid ${process.pid})` : quoted(name);
}

function wayText(stop: StopWay, who: string, { signal }: FreeOptions): string {
  switch (stop.by) {
    case 'signal':
      return `SIG${signal} stops ${who}, with all that it runs`;
    case 'program':
      return `\`${commandText(stop.command)}\` ${stop.livesOn ? `has ${who} stop it` : `stops ${who}`}`;
    case 'client':
      return `${who} is stopped`;
  }
}

/** Names what may not be ended, how that is allowed, and what its user may run himself instead. */
export function refusedText(
  { target, stop }: { readonly target: string; readonly stop: StopWay | null },
  why: string,
): string {
  if (stop?.by === 'program') return `${target} is left alone: ${why}; or run ${ownCommandText(stop)}`;
  return stop ? `${target} is left alone: ${why}` : why;
}

/** As this user would type it, on a terminal, where systemctl may ask. */
export function ownCommandText({ command, rootOnly }: Extract<StopWay, { by: 'program' }>): string {
  const text = commandText(command.filter((word) => word !== '--no-ask-password'));
  return rootOnly ? asRoot(text) : text;
}

/** `3 connections and 1 time-wait socket`. */
export function leftoversText(holders: readonly PortHolder[]): string {
  const kinds = [
    ['connection', 'connection'],
    ['time-wait', 'time-wait socket'],
    ['orphan', 'orphan'],
  ] as const;
  const parts = kinds.flatMap(([kind, what]) => {
    const sockets = holders
      .filter((holder) => holder.kind === kind)
      .reduce((sum, holder) => sum + holder.sockets.length + holder.socketsLeftOut, 0);
    return sockets === 0 ? [] : [count(sockets, what)];
  });
  return list(parts);
}

/** Of a process that its supervisor cannot be asked to stop alone. */
export function unstoppableText(owner: Owner, supervisor: FoundSupervisor): string {
  const commands = supervisor.byHand?.map((command) => `\`${command}\``) ?? [];
  const there = commands.length === 0 ? 'there' : `by ${commands.join(' or ')}`;
  return `${processText(owner)} is left alone: ${supervisorText(supervisor)} runs it together with others; stop it ${there}`;
}
