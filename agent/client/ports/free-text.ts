/** Sentences of a plan, before anything is done. Pure. */

import { commandText } from '../../common/command-text';
import { list, type NamedProcess, processesText, processText, quoted } from '../../common/process-text';
import { t } from '../../common/translate';
import type { HolderKind, Owner, PortHolder } from '../../protocol';
import { asRoot } from '../served-uid';
import type { FoundSupervisor, StopWay } from './find-supervisor';
import type { Step } from './free-step';
import type { FreeOptions } from './free-types';

/** `processes`: none where it is hidden. */
export function signalText(processes: readonly NamedProcess[], { signal, graceMs }: FreeOptions): string {
  const who = processesText(processes);
  const seconds = String(graceMs / 1000);
  if (signal === 'KILL') return t('SIGKILL ends {0} at once, without a chance to clean up', who);
  return processes.length > 1
    ? t('SIGTERM goes to {0} alone, which have {1} s to end', who, seconds)
    : t('SIGTERM goes to {0} alone, which has {1} s to end', who, seconds);
}

/** The steps in a sentence: signals alike in one clause. */
export function stepsText(steps: readonly Step[], options: FreeOptions): string {
  const signals = steps.filter(isPlainSignal);
  if (signals.length < 2) return inOne(steps.map(({ what }) => what));
  const others = steps.filter((step) => !isPlainSignal(step)).map(({ what }) => what);
  return inOne([
    signalText(
      signals.flatMap(({ process }) => process ?? []),
      options,
    ),
    ...others,
  ]);
}

/** Clauses, of which some can only begin a sentence: `If the port is still busy after that, ...`. */
function inOne(clauses: readonly string[]): string {
  const stop = (clause: string) => (/^\p{Lu}\p{Ll}/u.test(clause) ? '. ' : '; ');
  return clauses.map((clause, at) => (at === 0 ? clause : `${stop(clause)}${clause}`)).join('');
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
  const stops = sinceText(stop, wayText(stop, supervisor, options), named, `SIG${options.signal}`);
  const others = processesText(inheritors);
  if (inheritors.length === 0) return stops;
  return inheritors.length === 1
    ? t('{0}; {1} gets no signal, but may end with it', stops, others)
    : t('{0}; {1} get no signal, but may end with it', stops, others);
}

function sinceText(stop: StopWay, way: string, named: readonly Owner[], signal: string): string {
  const who = processesText(named);
  const one = named.length === 1;
  if (stop.by === 'program' && stop.isUnsure)
    return one
      ? t('{0}, since it may start {1} again, which gets {2} if it stays', way, who, signal)
      : t('{0}, since it may start {1} again, which get {2} if they stay', way, who, signal);
  return one
    ? t('{0}, since it would start {1} again, which gets {2} if it stays', way, who, signal)
    : t('{0}, since it would start {1} again, which get {2} if they stay', way, who, signal);
}

function inherited(kind: HolderKind): string {
  const texts: Partial<Record<HolderKind, () => string>> = {
    listener: () => t('the listening socket'),
    bound: () => t('the bound socket'),
    udp: () => t('the UDP socket'),
  };
  return texts[kind]?.() ?? t('the connection');
}

/** Covers workers and helpers: they cannot be distinguished from outside. */
export function inheritedText(inheritors: readonly Owner[], kind: HolderKind): string {
  const [who, what] = [processesText(inheritors), inherited(kind)];
  return inheritors.length === 1
    ? t('{0} inherited {1} and is left alone: unless it ends with its server, the port stays busy', who, what)
    : t(
        '{0} inherited {1} and are left alone: unless they end with their server, the port stays busy',
        who,
        what,
      );
}

/** The step of a process that only inherited a socket, once its server has ended. */
export function inheritorText(owner: Owner, kind: HolderKind, options: FreeOptions): string {
  return t(
    'If {0}, which inherited {1}, still holds it, {2}',
    processText(owner),
    inherited(kind),
    signalText([owner], options),
  );
}

/** `sessions`: what lives on, as a clause. */
export function releaseText(command: readonly string[], owner: Owner, sessions: string): string {
  return t(
    '`{0}` closes the port alone: {1} lives on, and {2}',
    commandText(command),
    processText(owner),
    sessions,
  );
}

/** `why` names the sessions. */
export function sessionsText(why: string): string {
  return t('{0}, which would end with it: it is left alone without --include-sessions', why);
}

/** `command`: frees the wildcard address as well. */
export function oneAddressText({ why, blocks }: PortHolder, command: string): string {
  return t(
    '{0}: only binds to {1} need its end, so it is left alone; {2} ends it',
    why,
    list(blocks),
    command,
  );
}

/** Not all owners are known, so the user cannot agree to their end. */
export function unknownOwnersText(owners: readonly Owner[], leftOut: number): string {
  const some = processesText(owners.slice(0, 3));
  return leftOut === 1
    ? t(
        '{0} and others are left alone: 1 owner of the socket cannot be named, since it has more than are listed; end them by what started them',
        some,
      )
    : t(
        '{0} and others are left alone: {1} owners of the socket cannot be named, since it has more than are listed; end them by what started them',
        some,
        String(leftOut),
      );
}

/** `nodemon (pid 41)`, `nginx.service`, `web (podman)`. */
export function supervisorText({ respawn }: Pick<FoundSupervisor, 'respawn'>): string {
  const { name, process, runtime } = respawn;
  if (runtime !== undefined) return t('{0} ({1})', quoted(name), runtime);
  return process ? `${quoted(name)} (pid ${process.pid})` : quoted(name);
}

function wayText(stop: StopWay, who: string, { signal }: FreeOptions): string {
  switch (stop.by) {
    case 'signal':
      return t('{0} stops {1}, with all that it runs', `SIG${signal}`, who);
    case 'program':
      return stop.livesOn
        ? t('`{0}` has {1} stop it', commandText(stop.command), who)
        : t('`{0}` stops {1}', commandText(stop.command), who);
    case 'client':
      return t('{0} is stopped', who);
  }
}

/** Names what may not be ended, how that is allowed, and what its user may run himself instead. */
export function refusedText(
  { target, stop }: { readonly target: string; readonly stop: StopWay | null },
  why: string,
): string {
  if (stop?.by === 'program')
    return t('{0} is left alone: {1}; or run {2}', target, why, ownCommandText(stop));
  return stop ? t('{0} is left alone: {1}', target, why) : why;
}

/** As this user would type it, on a terminal, where systemctl may ask. */
export function ownCommandText({ command, rootOnly }: Extract<StopWay, { by: 'program' }>): string {
  const text = commandText(command.filter((word) => word !== '--no-ask-password'));
  return rootOnly ? asRoot(text) : text;
}

/** `3 connections and 1 time-wait socket`. */
export function leftoversText(holders: readonly PortHolder[]): string {
  const kinds = ['connection', 'time-wait', 'orphan'] as const;
  const parts = kinds.flatMap((kind) => {
    const sockets = holders
      .filter((holder) => holder.kind === kind)
      .reduce((sum, holder) => sum + holder.sockets.length + holder.socketsLeftOut, 0);
    return sockets === 0 ? [] : [countOf(kind, sockets)];
  });
  return list(parts);
}

function countOf(kind: 'connection' | 'time-wait' | 'orphan', many: number): string {
  const number = String(many);
  switch (kind) {
    case 'connection':
      return many === 1 ? t('1 connection') : t('{0} connections', number);
    case 'time-wait':
      return many === 1 ? t('1 time-wait socket') : t('{0} time-wait sockets', number);
    case 'orphan':
      return many === 1 ? t('1 orphan') : t('{0} orphans', number);
  }
}

/** Of a process that its supervisor cannot be asked to stop alone. */
export function unstoppableText(owner: Owner, supervisor: FoundSupervisor): string {
  const [who, by] = [processText(owner), supervisorText(supervisor)];
  const commands = supervisor.byHand?.map((command) => `\`${command}\``) ?? [];
  if (commands.length === 0)
    return t('{0} is left alone: {1} runs it together with others; stop it there', who, by);
  const either = commands.reduce((one, other) => t('{0} or {1}', one, other));
  return t('{0} is left alone: {1} runs it together with others; stop it by {2}', who, by, either);
}
