import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agentStatus,
  agentStop,
  destroySockets,
  isUnderstood,
  listSockets,
  protocolNumber,
  sideOf,
  skewText,
} from '../../../../agent/protocol';

const [older, newer] = [protocolNumber - 1, protocolNumber + 1];

describe('protocol numbers', () => {
  it('are whole and positive, since those without one have 0', () => {
    assert.ok(Number.isSafeInteger(protocolNumber) && protocolNumber > 0);
  });

  it('must be the same, but to see and to stop an agent', () => {
    for (const { method } of [listSockets, destroySockets]) {
      assert.equal(isUnderstood(method, protocolNumber), true, method);
      for (const other of [0, older, newer]) assert.equal(isUnderstood(method, other), false, method);
    }
    for (const { method } of [agentStatus, agentStop])
      for (const any of [0, older, protocolNumber, newer])
        assert.equal(isUnderstood(method, any), true, method);
  });

  it('are 0 where none is said, or none that makes sense', () => {
    for (const value of [
      undefined,
      null,
      1,
      'x',
      [],
      {},
      { protocol: '1' },
      { protocol: 1.5 },
      { protocol: null },
    ])
      assert.deepEqual(sideOf(value), { version: 'unknown', protocol: 0 });
    assert.deepEqual(sideOf({ version: '0.1.0', mode: 'agent' }), { version: '0.1.0', protocol: 0 });
    assert.deepEqual(sideOf({ version: '9.8.7', protocol: 12 }), { version: '9.8.7', protocol: 12 });
  });

  it('come with a version that cannot steer a terminal', () => {
    const { version } = sideOf({ version: `\x1b[2J${'x'.repeat(1000)}`, protocol: 1 });
    assert.ok(!version.includes('\x1b'));
    assert.ok(version.length < 200);
  });
});

describe('what is said of two versions', () => {
  const side = (version: string, protocol: number) => ({ version, protocol });

  it('is to restart an older agent', () => {
    assert.equal(
      skewText(side('0.1.0', 0), side('0.2.0', 1)),
      'Restart the agent: version 0.1.0 (protocol 0) runs, version 0.2.0 (protocol 1) is here',
    );
  });

  it('is to update as well where the agent is the newer one', () => {
    assert.equal(
      skewText(side('0.3.0', 3), side('0.2.0', 2)),
      'Update Sockscope here, or restart the agent: version 0.3.0 (protocol 3) runs, version 0.2.0 (protocol 2) is here',
    );
  });
});
