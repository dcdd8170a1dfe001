/** Words the reason for each holder of a port. */

import { userOf } from '../common/passwd';
import { count, list, processesText } from '../common/process-text';
import { widerScopeText } from '../common/wording';
import {
  type BindTrial,
  formatEndpoint,
  type HolderKind,
  type Namespace,
  type Owner,
  type Socket,
  visibleText,
} from '../protocol';
import { carrierText } from './carrier-text';

/** Sockets that are one holder. */
export interface Claim {
  readonly kind: Exclude<HolderKind, 'reserved'>;
  readonly sockets: readonly Socket[];
  readonly owners: readonly Owner[];
  /** A process that cannot be seen from here holds them, or the kernel. */
  readonly hidden: boolean;
  /** The kernel reports who chose their port. */
  readonly certain: boolean;
  /** In another network namespace than the requested one. */
  readonly elsewhere: boolean;
  /** As of PortHolder. */
  readonly blocks: readonly string[];
}

/** Facts about the port that the sentences need. */
export interface HolderContext {
  readonly port: number;
  readonly netns: number;
  readonly binds: readonly BindTrial[];
  readonly namespaces: readonly Namespace[];
  /** An IPv4 socket has the port in that namespace. */
  readonly hasIpv4: boolean;
  /** Every owner on the machine is visible. */
  readonly seesEveryOwner: boolean;
}

/** Beyond this many endpoints, a sentence has only their number. */
const maxNamed = 3;

/** One sentence, without a full stop. */
export function whyOf(claim: Claim, context: HolderContext): string {
  return `${statement(claim, context)}${caveat(claim, context)}`;
}

export function whyReserved(port: number): string {
  return `Nobody holds port ${port}, but only a process with CAP_NET_BIND_SERVICE may bind it (net.ipv4.ip_unprivileged_port_start)`;
}

function statement(claim: Claim, context: HolderContext): string {
  const { kind, sockets, owners } = claim;
  const who = holderText(claim);
  const has = verb(owners, 'has', 'have');
  const connections = count(sockets.length, 'connection');
  switch (kind) {
    case 'listener':
      return `${who} ${verb(owners, 'listens', 'listen')} on ${locals(sockets)}${dualStackText(claim, context)}`;
    case 'bound':
      return `${who} ${has} bound ${locals(sockets)} without listening, which lsof and older versions of ss do not show`;
    case 'udp':
      return `${who} ${has} the UDP socket ${locals(sockets)}${dualStackText(claim, context)}`;
    case 'published':
      return `${who} ${verb(owners, 'publishes', 'publish')} ${locals(sockets)} for a container, which holds the port as long as it runs`;
    case 'connection':
      return `${who} ${has} ${connections} on port ${context.port}${queueText(sockets)}`;
    case 'client':
      return clientText(claim, who, context);
    case 'time-wait':
      return `${count(sockets.length, 'closed connection')} of port ${context.port} ${sockets.length === 1 ? 'is' : 'are'} in time-wait: no process has ${them(sockets)}, and the kernel forgets ${them(sockets)} within a minute`;
    case 'orphan':
      return `${connections} of port ${context.port} (${statesOf(sockets)}) ${sockets.length === 1 ? 'is' : 'are'} left without a process: the kernel still tries to close ${them(sockets)}`;
  }
}

function holderText({ owners, sockets, hidden }: Claim): string {
  const known = sockets.every(({ ownersLeftOut }) => ownersLeftOut === 0);
  if (owners.length > 0) return known ? processesText(owners) : `${processesText(owners)}, and others,`;
  if (sockets.some(({ kernel }) => kernel)) return 'The kernel itself';
  return hidden ? 'A process that cannot be seen from here' : 'No process any more';
}

/** Singular or plural; there is one owner for each process. */
function verb({ length }: readonly Owner[], one: string, several: string): string {
  return length > 1 ? several : one;
}

function clientText(
  { sockets, owners, certain }: Claim,
  who: string,
  { port, seesEveryOwner }: HolderContext,
): string {
  const own = `as ${sockets.length === 1 ? 'its own end' : 'its own ends'} of ${towards(sockets)}`;
  if (certain)
    return `${who} ${verb(owners, 'uses', 'use')} port ${port} ${own}: it is not to blame, but blocks a bind`;
  const advice = seesEveryOwner ? 'so it is left alone' : 'which only the agent can verify';
  return `${who} may use port ${port} ${own}, ${advice}: then it is not to blame, but blocks a bind`;
}

/** `a connection to 10.0.0.5:443`, `3 connections`, `a UDP socket`. */
function towards(sockets: readonly Socket[]): string {
  const [first, ...others] = sockets;
  const noun = first?.protocol === 'udp' ? 'UDP socket' : 'connection';
  if (others.length > 0) return count(sockets.length, noun);
  return first?.remote ? `a ${noun} to ${formatEndpoint(first.remote)}` : `a ${noun}`;
}

function queueText(sockets: readonly Socket[]): string {
  // One with a file is accepted, though its owner may not be visible.
  const waiting = sockets.filter(({ owners, inode }) => owners.length === 0 && inode === '0').length;
  return waiting === 0 ? '' : `, of which ${waiting} ${waiting === 1 ? 'waits' : 'wait'} to be accepted`;
}

/** No record has IPV6_V6ONLY. A bind to an IPv4 address shows it, unless an IPv4 socket blocks it anyway. */
function dualStackText({ sockets, elsewhere }: Claim, { binds, hasIpv4, port }: HolderContext): string {
  const wildcard = sockets.some(({ local }) => local.address === '::');
  const ofIpv4 = binds.filter(({ address, reuseaddr }) => !address.includes(':') && !reuseaddr);
  if (!wildcard || elsewhere || ofIpv4.length === 0) return '';
  if (ofIpv4.some(({ error }) => error === null)) return ', for IPv6 only';
  const blocked = ofIpv4.every(({ error }) => error === 'EADDRINUSE') && !hasIpv4;
  return blocked ? `, dual-stack, and so blocks port ${port} of IPv4 as well` : '';
}

function caveat({ kind, sockets, owners, hidden, elsewhere, blocks }: Claim, context: HolderContext): string {
  if (elsewhere) return `; in ${placeText(sockets, context)}, so it does not block this one`;
  if (blocks.length === 0)
    return `; it blocks no bind to ${list([...new Set(context.binds.map(({ address }) => address))])}`;
  if (sockets.some(({ kernel }) => kernel)) return "; it is the kernel's own and is left alone";
  if (hidden) return context.seesEveryOwner ? '; it is left alone' : `; ${identifyText(sockets)}`;
  if (sockets.some(({ lifeline }) => lifeline)) return `; ${carrierText(owners)}`;
  const unsupportedReason =
    kind === 'connection'
      ? sockets.find((socket) => socket.unsupportedReason !== null)?.unsupportedReason
      : null;
  return unsupportedReason
    ? `; ${unsupportedReason.charAt(0).toLowerCase()}${unsupportedReason.slice(1)}`
    : '';
}

/** Of an owner that only an agent sees. A socket keeps the uid of who opened it. */
function identifyText(sockets: readonly Socket[]): string {
  const other = sockets.find(({ uid }) => uid !== process.getuid?.());
  return other
    ? `${userOf(other.uid) ?? `uid ${other.uid}`} opened it, and an agent for all users can identify and end it (${widerScopeText('observer')})`
    : 'the agent can identify it (sudo sockscope agent serve)';
}

function placeText([socket]: readonly Socket[], { namespaces }: HolderContext): string {
  const namespace = namespaces.find(({ netns }) => netns === socket?.netns);
  const container = socket?.container ?? namespace?.container;
  if (container)
    return `container ${visibleText(container.name ?? container.id.slice(0, 12))} of ${container.runtime}`;
  return `network namespace ${namespace?.name ? visibleText(namespace.name) : socket?.netns}`;
}

/** `[::]:3000 and 127.0.0.1:3000`; each once, however many sockets share it. */
function locals(sockets: readonly Socket[]): string {
  const ends = [...new Set(sockets.map(({ local }) => formatEndpoint(local)))];
  const sharing = sockets.length > ends.length ? ` with ${sockets.length} sockets` : '';
  if (ends.length > maxNamed) return `${ends.length} addresses${sharing}`;
  return `${ends.join(' and ')}${sharing}`;
}

function statesOf(sockets: readonly Socket[]): string {
  return [...new Set(sockets.map(({ state }) => state))].join(', ');
}

function them({ length }: readonly Socket[]): string {
  return length === 1 ? 'it' : 'them';
}
