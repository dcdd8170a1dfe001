/** Events of the BPF hooks, for tests of pure code. */

import type { AttemptEvent, ConnectEvent } from '../../agent/broker-link/attempt-records';
import type { State } from '../../agent/protocol';

/** A connect() of pid 42 to 10.0.0.5:6379, unless `more` has other values. */
export function connected(more: Partial<ConnectEvent> & { readonly at: number }): ConnectEvent {
  return {
    kind: 'connect',
    cookie: '1',
    netns: 1,
    pid: 42,
    uid: 1000,
    protocol: 'tcp',
    remote: { address: '10.0.0.5', port: 6379 },
    errno: 0,
    ...more,
  };
}

export function state(at: number, from: State, to: State, errno = 0, cookie = '1'): AttemptEvent {
  return { kind: 'state', at, cookie, from, to, errno };
}
