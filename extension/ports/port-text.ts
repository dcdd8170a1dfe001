/** Texts about a busy port. Pure; escapes all names. */

import type { Explanation, PortAnswer } from '../../agent/client/ports/free-types';
import { portArgument } from '../../agent/common/process-text';
import {
  type BindTrial,
  durationText,
  formatEndpoint,
  type HolderKind,
  holderKinds,
  isAbsent,
  isFreeForReuse,
  type PortHolder,
  type PortParams,
  type ProcessDetail,
} from '../../agent/protocol';
import { inEditorWords } from '../base/editor-words';
import { numberText, plain, type Translate } from '../base/text';
import { processText } from '../tree/process-text';
import { processesOf } from '../tree/sockets';
import { nextOffer } from './next-text';

type Port = Pick<PortParams, 'port' | 'protocol' | 'addresses'>;

/** `Port 3000`, `UDP port 53`, `10.0.0.5:3000`. */
export function portText(t: Translate, params: Port): string {
  const { port, protocol, addresses = [] } = params;
  if (addresses.length > 0)
    return protocol === 'udp' ? t('UDP {0}', portArgument(params)) : portArgument(params);
  return protocol === 'udp' ? t('UDP port {0}', String(port)) : t('Port {0}', String(port));
}

/** `Port 3000 is busy`. */
export function answerTitle(t: Translate, answer: PortAnswer): string {
  const port = portText(t, answer);
  if (answer.free) return t('{0} is free', port);
  return isFreeForReuse(answer.binds) ? t('{0} is free for most servers', port) : t('{0} is busy', port);
}

/** `node (pid 42)`, `3 connections without a process`, `container web of docker`. */
export function holderText(t: Translate, holder: PortHolder): string {
  const { kind, respawn, sockets } = holder;
  if (kind === 'published' && respawn?.kind === 'container')
    return t('container {0} of {1}', plain(respawn.name, 80), respawn.runtime ?? '');
  const processes = processesOf(holder).map(processText);
  const last = processes.pop();
  // Names all: freeing the port may end each of them.
  if (last !== undefined) return processes.length === 0 ? last : t('{0} and {1}', processes.join(', '), last);
  if (kind === 'time-wait' || kind === 'orphan')
    return sockets.length === 1
      ? t('1 connection without a process')
      : t('{0} connections without a process', numberText(sockets.length));
  if (kind === 'reserved') return t('reserved');
  return kind === 'published' ? t('a container') : t('a process that cannot be seen');
}

/** How it holds the port, and where: `listens on [::]:3000`. */
export function holdingText(t: Translate, { kind, sockets }: PortHolder): string {
  const places = [...new Set(sockets.map(({ local }) => formatEndpoint(local)))];
  const where =
    places.length > 3
      ? t('{0} and {1} more', places.slice(0, 2).join(', '), numberText(places.length - 2))
      : places.join(', ');
  return `${holdingWords(t, kind)} ${where}`.trim();
}

function holdingWords(t: Translate, kind: HolderKind): string {
  const words: Record<HolderKind, () => string> = {
    listener: () => t('listens on'),
    bound: () => t('has it without listening:'),
    udp: () => t('has it:'),
    connection: () => t('has connections of'),
    client: () => t('connects out from'),
    'time-wait': () => t('waits out (time-wait) on'),
    orphan: () => t('closes down on'),
    published: () => t('publishes'),
    reserved: () => t('for privileged programs'),
  };
  return words[kind]();
}

/** The most likely cause; holders in other network namespaces and clients come last. */
export function mainHolder({ holders, netns }: PortAnswer): PortHolder | undefined {
  const blame: readonly HolderKind[] = [
    'published',
    'listener',
    'bound',
    'udp',
    'connection',
    'orphan',
    'time-wait',
  ];
  const rank = ({ kind, sockets }: PortHolder) =>
    (sockets.every((socket) => socket.netns === netns) ? 0 : 100) +
    (blame.includes(kind) ? blame.indexOf(kind) : 50 + holderKinds.indexOf(kind));
  return [...holders].sort((a, b) => rank(a) - rank(b))[0];
}

/** `Port 3000 is in use: node (pid 42).` */
export function inUseText(t: Translate, answer: PortAnswer): string {
  const holder = mainHolder(answer);
  return holder
    ? t('{0} is in use: {1}.', portText(t, answer), holderText(t, holder))
    : t('{0} is in use.', portText(t, answer));
}

/** `0.0.0.0 EADDRINUSE, 127.0.0.1 works`, without addresses that this machine does not have. */
function bindsText(t: Translate, binds: readonly BindTrial[]): string {
  return binds
    .filter((trial) => !isAbsent(trial))
    .map(({ address, error }) => `${address} ${error === null ? t('works') : plain(error, 40)}`)
    .join(', ');
}

/** A line for binds without SO_REUSEADDR, and one for those with it. */
export function bindLines(t: Translate, { binds }: PortAnswer): readonly string[] {
  const line = (reuseaddr: boolean) =>
    bindsText(
      t,
      binds.filter((trial) => trial.reuseaddr === reuseaddr),
    );
  const reusing = line(true);
  return [t('bind: {0}', line(false)), ...(reusing === '' ? [] : [t('with SO_REUSEADDR: {0}', reusing)])];
}

/** True where the agent would know a holder that the observer does not. */
export function hidesSomething({ free, holders }: PortAnswer): boolean {
  const unseen = holders.some(
    ({ owners, sockets }) => owners.length === 0 && sockets.some(({ inode }) => inode !== '0'),
  );
  return unseen || (!free && holders.length === 0);
}

/** False where it is free, or all that holds it is left alone. */
export function mayBeFreed({ free, holders, netns }: PortAnswer): boolean {
  const here = holders.filter(({ sockets }) => sockets.every((socket) => socket.netns === netns));
  return !free && (here.length === 0 || here.some(({ remedy }) => remedy !== 'none'));
}

/** `node server.js --port 3000 · started 3 min ago · terminal zsh`: what distinguishes a process from others. `place`: where it runs; empty: not known. */
export function processFactsText(
  t: Translate,
  { command, name, startedAt }: Pick<ProcessDetail, 'command' | 'name' | 'startedAt'>,
  place: string,
  now: number,
): string {
  const age = t('started {0} ago', durationText(Math.max(0, now - Date.parse(startedAt))));
  return [plain(command || name, 300), age, place].filter((part) => part !== '').join(' · ');
}

/** The reason of one holder, in the agent's words. */
export function whyText(t: Translate, { why }: PortHolder): string {
  return plain(inEditorWords(t, why), 1000);
}

/** A sentence about the port besides its holders, in the agent's words. */
export function noteText(t: Translate, note: string): string {
  return plain(inEditorWords(t, note), 1000);
}

/** The whole answer, for the clipboard. */
export function answerText(t: Translate, answer: Explanation): string {
  const holders = answer.holders.map(
    (holder) => `- ${holderText(t, holder)}, ${holdingText(t, holder)}: ${whyText(t, holder)}`,
  );
  const notes = answer.notes.map((note) => `- ${noteText(t, note)}`);
  const next = answer.next.map((step) => {
    const { title, why } = nextOffer(t, answer, step);
    return t('Next: {0} ({1})', title, why);
  });
  return [answerTitle(t, answer), ...holders, ...notes, ...bindLines(t, answer), ...next].join('\n');
}
