/** Socket states and protocols, as the kernel and the addon number them. */

import { type Protocol, protocols, type State } from './sockets';

/** State numbers that the code compares with (include/net/tcp_states.h); stateWords has a word for each. */
export const kernelState = { established: 1, timeWait: 6 } as const;

/** Index = kernel state number. 12 is the request socket that ss calls syn-recv, too. */
export const stateWords: readonly State[] = [
  'close',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
  'syn-recv',
];

/** The word for a kernel state; a TCP socket that is closed but keeps its port is `bound`. */
export function stateWord(kernelState: number, protocol: Protocol, localPort: number): State {
  const word = stateWords[kernelState] ?? 'close';
  return word === 'close' && protocol === 'tcp' && localPort !== 0 ? 'bound' : word;
}

/** A number that has this word: of a closed socket TCP_CLOSE, in which one that is only bound is, too. */
export function kernelStateOf(state: State): number {
  return state === 'bound' || state === 'close' ? stateWords.lastIndexOf('close') : stateWords.indexOf(state);
}

/** IPPROTO_* numbers. Raw sockets have none of their own: SOCKSCOPE_RAW of bpf/records.h. */
export const protocolNumbers: Readonly<Record<Protocol, number>> = {
  tcp: 6,
  udp: 17,
  udplite: 136,
  mptcp: 262,
  raw: 255,
};
const protocolOf = new Map(protocols.map((protocol) => [protocolNumbers[protocol], protocol]));

export function protocolOfNumber(number: number): Protocol {
  return protocolOf.get(number) ?? 'raw';
}
