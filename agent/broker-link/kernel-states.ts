/** The kernel's socket states, as include/net/tcp_states.h numbers them. */

import type { State } from '../protocol';
import type { SocketRecord } from './records';

/** State numbers that the code compares with; stateWords has a word for each. */
export const kernelState = { timeWait: 6 } as const;

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
export function stateWord(record: Pick<SocketRecord, 'kernelState' | 'protocol' | 'local'>): State {
  const word = stateWords[record.kernelState] ?? 'close';
  return word === 'close' && record.protocol === 'tcp' && record.local.port !== 0 ? 'bound' : word;
}
