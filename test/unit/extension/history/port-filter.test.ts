import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHistoryFilter } from '../../../../agent/protocol';
import { portFilter } from '../../../../extension/history/port-filter';

const listener = (address: string, netns = 1, port = 3000) => ({ netns, local: { address, port } });

describe('the filter of Who Talked to This?', () => {
  const of = (...listeners: ReturnType<typeof listener>[]) => portFilter({ port: 3000 }, 1, listeners);

  it('has the addresses of the listeners, in their network namespace', () => {
    const text = of(listener('127.0.0.1'), listener('::1'), listener('::ffff:127.0.0.1'));
    assert.equal(text, 'addr:127.0.0.1:3000,[::1]:3000 net:1');
    assert.ok(parseHistoryFilter(text).ok);
  });

  it('has what came in, where one listens at all addresses, or none does', () => {
    assert.equal(of(listener('127.0.0.1'), listener('::')), ':3000 net:1');
    assert.equal(of(), ':3000 net:1');
    assert.equal(of(...Array.from({ length: 9 }, (_, at) => listener(`10.0.0.${at}`))), ':3000 net:1');
  });

  it('leaves out listeners of other namespaces and ports', () => {
    assert.equal(
      of(listener('127.0.0.1'), listener('10.0.0.5', 2), listener('10.0.0.6', 1, 30_001)),
      'addr:127.0.0.1:3000 net:1',
    );
  });

  it('has the address of the chosen row alone', () => {
    const chosen = { port: 3000, addresses: ['10.0.0.5'] };
    assert.equal(
      portFilter(chosen, 1, [listener('10.0.0.5'), listener('127.0.0.1')]),
      'addr:10.0.0.5:3000 net:1',
    );
  });
});
