/** Sockets that no engine can destroy: only iter/tcp and iter/udp may call bpf_sock_destroy. */

import type { Protocol, State } from './sockets';

/** One sentence with the reason; null: an engine can destroy sockets of this kind. `isPath`: a subflow of MPTCP. */
export function unsupportedReason(protocol: Protocol, state: State, isPath: boolean): string | null {
  switch (protocol) {
    case 'mptcp':
      return 'It is an MPTCP socket, which the kernel lets nobody destroy from outside: end the process instead';
    case 'udplite':
      return 'It is a UDP-Lite socket, which the kernel cannot destroy: end the process instead';
    case 'raw':
      return 'It is a raw socket, which has no connection to destroy: end the process instead';
    case 'tcp':
      if (isPath)
        return 'It is a path of an MPTCP socket, and destroying it would not close that socket: end the process instead';
      if (state === 'bound')
        return 'It holds a port without listening, which the kernel cannot abort: end the process to free the port';
      return null;
    case 'udp':
      return null;
  }
}
