/** What the broker reads ahead is its first list, and only while it is young. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker } from '../../agent/broker-link/broker';
import { forkBroker } from '../../agent/broker-link/native';
import { ownNamespace } from '../../agent/common/own-namespace';
import { socketsOf } from '../helpers/rows';
import { withoutRoot } from '../helpers/stage';

/** So long it counts (kAheadFor in native/src/broker/broker.cc). */
const youngMs = 1000;

describe('a list that the broker reads ahead', { skip: withoutRoot }, () => {
  let begun: number;
  let broker: Broker;
  let server: Server;

  beforeEach(async () => {
    begun = performance.now();
    broker = new Broker(forkBroker(0, true, false, true));
    await broker.features(); // it has read all by then
  });

  afterEach(() => {
    server.close();
    broker.close();
  });

  async function listen(): Promise<void> {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  async function isListed(): Promise<boolean> {
    const { port } = server.address() as AddressInfo;
    // In other namespaces, other tests may have a socket with this port.
    return socketsOf(await broker.list()).some(
      ({ record }) =>
        record.netns === ownNamespace() && record.protocol === 'tcp' && record.local.port === port,
    );
  }

  it('is the first answer, and no other', async () => {
    await listen();
    const wasListed = await isListed();
    // On a busy machine it may be too old already.
    if (performance.now() - begun < youngMs) assert.equal(wasListed, false);
    assert.equal(await isListed(), true);
  });

  it('is read again where it was asked for late', async () => {
    await sleep(youngMs);
    await listen();
    assert.equal(await isListed(), true);
  });
});
