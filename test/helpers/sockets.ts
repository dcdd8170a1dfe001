/** Sockets for tests of pure code. */

import type { Endpoint, Owner, Socket } from '../../agent/protocol';

/** A cookie without a socket: the kernel counts from 1, so small numbers may be in use. */
export const unusedCookie = '18446744073709551614';

/** `127.0.0.1:3000` or `[::1]:3000`. */
function endpoint(text: string): Endpoint {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/[[\]]/g, ''), port: Number(text.slice(at + 1)) };
}

export function owner(name: string, pid: number, more: Partial<Owner> = {}): Owner {
  return { pid, startTime: '1', fd: 3, name, command: '', ...more };
}

let cookies = 0;

/** An established TCP connection, unless `more` has other values; each call makes another cookie. */
export function socket(local: string, remote: string | null, more: Partial<Socket> = {}): Socket {
  return {
    netns: 1,
    cookie: String(++cookies),
    protocol: 'tcp',
    family: local.startsWith('[') ? 'ipv6' : 'ipv4',
    state: remote ? 'established' : 'listen',
    local: endpoint(local),
    remote: remote === null ? null : endpoint(remote),
    uid: 1000,
    inode: '7',
    owners: [],
    ownersLeftOut: 0,
    queuedFor: [],
    peer: null,
    container: null,
    lifeline: false,
    kernel: false,
    unsupportedReason: null,
    ...more,
  };
}

/** Stands in for `vscode.l10n.t` where there is no translation. */
export { english } from '../../agent/common/translate';
