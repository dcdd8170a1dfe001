/** The answer about a port in a few sentences. Pure. */

import { inSentence, list, portText, processesText } from '../../common/process-text';
import { t } from '../../common/translate';
import {
  type BindTrial,
  formatEndpoint,
  isAbsent,
  isFreeForReuse,
  loopback,
  type Owner,
  type PortHolder,
} from '../../protocol';
import { isInTheWay } from './explain-port';
import { leftoversText } from './free-text';
import type { PortAnswer } from './free-types';
import { isBinding } from './published';
import { refusalText } from './refusal';

/** Beyond this many servers, a headline has only their number. */
const maxNamed = 4;

/** One sentence, without a full stop: for which binds it is busy, and what holds it, servers first. */
export function headline(answer: PortAnswer): string {
  const port = portText(answer);
  const holders = answer.holders.filter(isInTheWay);
  // An agent's binds may do what the program's may not.
  const reserved = answer.holders.find(({ kind }) => kind === 'reserved');
  if (answer.free && reserved) return reserved.why;
  if (answer.free)
    return `${port} is free: ${answer.addresses.length === 1 ? 'the bind works' : 'every bind works'}`;
  const [first] = holders;
  if (!first || first.kind === 'reserved')
    return `${port} cannot be bound: ${first ? inSentence(first.why) : refusalText(answer)}`;
  return `${port} ${busyText(answer.binds)}: ${holdersText(holders)}`;
}

/** Sentences that the headline needs besides it, each without a full stop. */
export function notes(answer: PortAnswer): string[] {
  return [bindableText(answer), localhostText(answer), ...sharedTexts(answer)].filter(
    (text) => text !== null,
  );
}

function busyText(binds: readonly BindTrial[]): string {
  if (isFreeForReuse(binds)) return 'is busy for programs without SO_REUSEADDR';
  return bindable(binds).length === 0 ? 'is busy' : `is busy for binds to ${addressesText(refused(binds))}`;
}

/** Addresses whose bind works without SO_REUSEADDR. */
function bindable(binds: readonly BindTrial[]): string[] {
  return binds.filter(({ reuseaddr, error }) => !reuseaddr && error === null).map(({ address }) => address);
}

function refused(binds: readonly BindTrial[]): string[] {
  return binds
    .filter((trial) => !trial.reuseaddr && trial.error !== null && !isAbsent(trial))
    .map(({ address }) => address);
}

/** `127.0.0.1 and [::1]`: a colon follows. */
function addressesText(addresses: readonly string[]): string {
  return list(addresses.map((address) => (address.includes(':') ? `[${address}]` : address)));
}

function holdersText(holders: readonly PortHolder[]): string {
  const servers = holders.filter(isBinding);
  const named = servers.slice(0, maxNamed).map(({ why }) => inSentence(why));
  if (servers.length > maxNamed) named.push(`and ${servers.length - maxNamed} more`);
  const rest = holders.filter((holder) => !isBinding(holder) && holder.kind !== 'reserved');
  if (named.length === 0) {
    named.push(inSentence(rest[0]?.why ?? ''));
    rest.splice(0, 1);
  }
  const others = leftoversText(rest);
  return [...named, ...(others === '' ? [] : [`besides, ${others}`])].join('; ');
}

function bindableText({ free, binds }: PortAnswer): string | null {
  const works = bindable(binds);
  if (free || works.length === 0 || isFreeForReuse(binds)) return null;
  return works.length === 1
    ? t('{0} can be bound as it is: for that nothing has to end', addressesText(works))
    : t('{0} can be bound as they are: for those nothing has to end', addressesText(works));
}

/** Programs try both addresses of `localhost`, in an order of their own. */
function localhostText({ holders }: PortAnswer): string | null {
  const [four, six] = loopback.map((address) => reachedAt(address, holders));
  if (!four || !six || four === six) return null;
  return t(
    'localhost leads to two servers, by the address that a program tries first: 127.0.0.1 to {0}, ::1 to {1}',
    processesText(four.owners),
    processesText(six.owners),
  );
}

/** The listener that gets a connection to this address: the kernel prefers an exact one. */
function reachedAt(address: string, holders: readonly PortHolder[]): PortHolder | undefined {
  const listeners = holders.filter(({ kind, owners }) => kind === 'listener' && owners.length > 0);
  const on = (local: string) =>
    listeners.find(
      ({ sockets, blocks }) =>
        blocks.includes(address) && sockets.some((socket) => socket.local.address === local),
    );
  return on(address) ?? (address.includes(':') ? undefined : on('0.0.0.0')) ?? on('::');
}

/** Of listeners of several programs on the same address, which SO_REUSEPORT allows. */
function sharedTexts({ holders, protocol }: PortAnswer): string[] {
  if (protocol !== 'tcp') return [];
  const listeners = holders.filter((holder) => holder.kind === 'listener' && isInTheWay(holder));
  const ends = new Set(listeners.flatMap(localsOf));
  return [...ends].flatMap((end) => {
    const sharing = listeners.filter((holder) => localsOf(holder).includes(end));
    if (sharing.length < 2) return [];
    return t(
      '{0} share {1}, as SO_REUSEPORT allows: each new connection goes to one of them',
      byAge(sharing),
      end,
    );
  });
}

function localsOf({ sockets }: PortHolder): string[] {
  return sockets.map(({ local }) => formatEndpoint(local));
}

/** `node (pid 41), the oldest, and node (pid 42)`. */
function byAge(holders: readonly PortHolder[]): string {
  const owners = holders.flatMap((holder) => holder.owners);
  const [oldest, ...others] = [...owners].sort(startedEarlier);
  if (!oldest) return processesText(owners);
  return t('{0}, the oldest, and {1}', processesText([oldest]), processesText(others));
}

function startedEarlier(one: Owner, other: Owner): number {
  return Number(one.startTime) - Number(other.startTime);
}
