import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../../../agent/broker-link/broker';
import { EndFacts } from '../../../../agent/inventory/end-facts';
import type { Scanner } from '../../../../agent/inventory/scanner';
import { Live } from '../../../../agent/live/live';

describe('the live inventory', () => {
  it('scans after an event although the clock of the machine was set back by an hour', {
    timeout: 10_000,
  }, async (t) => {
    let scans = 0;
    const nothing = {
      all: () => [],
      makeAll: async () => {},
      get: () => undefined,
      namespaces: [],
      leftOut: { sockets: 0, owners: 0 },
    };
    const scanner = {
      ends: new EndFacts(),
      scan: async () => {
        scans += 1;
        return nothing;
      },
    };
    const broker = Object.assign(new EventEmitter(), {
      watchEvents: async () => {},
      unwatchEvents: async () => {},
    });
    const live = new Live(scanner as unknown as Scanner, broker as unknown as Broker);
    const stop = await live.watch({ scanned() {}, refresh() {}, failed() {} });
    assert.equal(scans, 1);
    const hour = 3_600_000;
    const now = Date.now;
    t.mock.method(Date, 'now', () => now() - hour);
    broker.emit('changed');
    while (scans < 2) await sleep(50);
    stop();
  });
});
