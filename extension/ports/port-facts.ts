/** Facts about ports from a list of sockets, and their texts. Pure; escapes all names. */

import { isClosed, type Namespace, processKey, type Socket } from '../../agent/protocol';
import { numberText, type Translate } from '../base/text';
import { processText } from '../tree/process-text';
import { ownersText } from '../tree/socket-text';
import { isConnection, isListener, processesOf } from '../tree/sockets';

/** Facts about one port in the agent's own network namespace. */
export interface PortFacts {
  /** Sockets without a remote end: listening, bound, or UDP. */
  readonly holders: readonly Socket[];
  /** Number of connections with this local port, without those in time-wait. */
  readonly connections: number;
  readonly timeWaits: number;
}

const nothing: PortFacts = { holders: [], connections: 0, timeWaits: 0 };

/** The filter for these ports. Raw sockets are left out: they have no ports. */
export function portFilter(ports: readonly number[]): string {
  return `port:${ports.join(',')} -proto:raw`;
}

/** As portFilter, for holders only, without connections. */
export function holderFilter(ports: readonly number[]): string {
  return `${portFilter(ports)} state:listen,bound,close`;
}

/** Facts of every given port; sockets of other ports and network namespaces are left out. */
export function factsOf(
  ports: readonly number[],
  sockets: readonly Socket[],
  namespaces: readonly Namespace[],
): ReadonlyMap<number, PortFacts> {
  const own = new Set(namespaces.filter((one) => one.own).map(({ netns }) => netns));
  const facts = new Map(ports.map((port) => [port, nothing]));
  for (const socket of sockets) {
    const before = own.has(socket.netns) ? facts.get(socket.local.port) : undefined;
    if (before) facts.set(socket.local.port, withSocket(before, socket));
  }
  return facts;
}

function withSocket(facts: PortFacts, socket: Socket): PortFacts {
  if (holdsPort(socket)) return { ...facts, holders: [...facts.holders, socket] };
  if (socket.state === 'time-wait') return { ...facts, timeWaits: facts.timeWaits + 1 };
  return isConnection(socket) ? { ...facts, connections: facts.connections + 1 } : facts;
}

function holdsPort(socket: Socket): boolean {
  return socket.remote === null && !isClosed(socket);
}

/** A process listens on it, is bound to it or receives datagrams there. */
export function isBusy({ holders }: PortFacts): boolean {
  return holders.length > 0;
}

/** `3000: node server.js (pid 42), 3 connections`, `3000: free`. */
export function hintText(t: Translate, port: number, facts: PortFacts): string {
  return `${port}: ${factsText(t, facts)}`;
}

function factsText(t: Translate, { holders, connections, timeWaits }: PortFacts): string {
  if (holders.length + connections + timeWaits === 0) return t('free');
  const parts = [holdersText(t, holders)];
  if (connections > 0)
    parts.push(connections === 1 ? t('1 connection') : t('{0} connections', numberText(connections)));
  if (timeWaits > 0) parts.push(t('{0} in time-wait', numberText(timeWaits)));
  return parts.join(', ');
}

const maxNamedHolders = 3;

/** `node server.js (pid 42)`, `nobody listens`. */
export function holdersText(t: Translate, holders: readonly Socket[]): string {
  const texts = holderTexts(t, holders);
  const parts = texts.slice(0, maxNamedHolders);
  if (texts.length > maxNamedHolders)
    parts.push(t('and {0} more', numberText(texts.length - maxNamedHolders)));
  return parts.length > 0 ? parts.join(', ') : t('nobody listens');
}

/** One text for each process, or for each reason why it is not known. */
function holderTexts(t: Translate, holders: readonly Socket[]): readonly string[] {
  const byHolder = new Map<string, { who: string; sockets: Socket[] }>();
  for (const socket of holders)
    for (const { key, who } of holdersOf(t, socket)) {
      const known = byHolder.get(key) ?? { who, sockets: [] };
      known.sockets.push(socket);
      byHolder.set(key, known);
    }
  return [...byHolder.values()].map(({ who, sockets }) => `${who}${howText(t, sockets)}`);
}

function holdersOf(t: Translate, socket: Socket): readonly { key: string; who: string }[] {
  const processes = processesOf(socket);
  if (processes.length > 0) return processes.map((one) => ({ key: processKey(one), who: processText(one) }));
  const who = ownersText(t, socket);
  return [{ key: who, who }];
}

/** Empty for a listening TCP socket, which a reader expects. */
function howText(t: Translate, sockets: readonly Socket[]): string {
  if (sockets.some(isListener)) return '';
  return sockets.some(({ state }) => state === 'bound')
    ? ` ${t('bound without listening')}`
    : ` (${[...new Set(sockets.map(({ protocol }) => protocol))].join(', ')})`;
}
