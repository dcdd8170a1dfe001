/** Sockets are the same on both sides of the wire. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Endpoint,
  type Owner,
  protocols,
  type Socket,
  states,
  unpackSockets,
} from '../../agent/protocol';
import { packed } from '../helpers/known';
import { addresses } from './addresses';
import { fuzz } from './fuzz';

const u32 = fc.integer({ min: 0, max: 4_294_967_295 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const text = fc.string({ unit: 'binary' });
const plain = { noNullPrototype: true };

const endpoint: fc.Arbitrary<Endpoint> = fc.record(
  { address: addresses, port: fc.integer({ min: 0, max: 65535 }) },
  plain,
);

/** Few pids: they differ in what one message says of a process. */
const owner: fc.Arbitrary<Owner> = fc.record(
  {
    pid: fc.integer({ min: 1, max: 4 }),
    startTime: fc.constantFrom('1', '2'),
    fd: fc.integer({ min: -1, max: 5 }),
    name: fc.oneof(fc.constant('node'), text),
    command: fc.oneof(fc.constant('node server.js'), text),
  },
  plain,
);
const owners = fc.array(owner, { maxLength: 4 });

/** A container is one to a message, with the same name everywhere. */
const containers = ['a', 'b'].map((letter) => ({
  id: letter.repeat(64),
  runtime: 'podman' as const,
  name: letter,
}));

interface Parts {
  readonly socket: Socket;
  readonly peerOwners: readonly Owner[];
  readonly mirrors: boolean;
  readonly otherEnd: Endpoint;
}

const socket: fc.Arbitrary<Socket> = fc
  .record<Parts>({
    socket: fc.record<Socket>(
      {
        cookie: u64,
        netns: u32,
        protocol: fc.constantFrom(...protocols),
        family: fc.constantFrom('ipv4', 'ipv6'),
        state: fc.constantFrom(...states),
        local: endpoint,
        remote: fc.option(endpoint),
        uid: u32,
        inode: u64,
        owners,
        ownersLeftOut: fc.integer({ min: 0, max: 65535 }),
        queuedFor: owners,
        peer: fc.constant(null),
        container: fc.option(fc.constantFrom(...containers)),
        lifeline: fc.boolean(),
        kernel: fc.boolean(),
        unsupportedReason: fc.option(text),
      },
      plain,
    ),
    peerOwners: owners,
    mirrors: fc.boolean(),
    otherEnd: endpoint,
  })
  .map(({ socket, peerOwners, mirrors, otherEnd }) => {
    if (!socket.remote) return socket;
    const { netns, protocol, cookie, remote, local } = socket;
    const peer = { netns, protocol, cookie, local: remote, remote: local, owners: peerOwners };
    return { ...socket, peer: mirrors ? peer : { ...peer, local: otherEnd } };
  });

fuzz('sockets come back as they were', fc.array(socket, { maxLength: 6 }), (sockets) => {
  assert.deepEqual(unpackSockets(packed(sockets)), sockets);
});
