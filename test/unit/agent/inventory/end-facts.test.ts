import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EndRecord } from '../../../../agent/broker-link/end-records';
import { EndFacts } from '../../../../agent/inventory/end-facts';

const id = { netns: 1, cookie: '7' };
const nothing = { here: false, peer: false, exiting: false, reset: false, ours: false, errno: 0 };

function reason(...events: Partial<EndRecord>[]) {
  const facts = new EndFacts();
  for (const event of events) facts.add([{ ...id, ...nothing, ...event }]);
  return facts.reason(id);
}

describe('the reason why a connection ended', () => {
  it('is null before any event', () => assert.equal(new EndFacts().reason(id), null));
  it('is the end that closed first', () => {
    assert.equal(reason({ here: true }), 'closed');
    assert.equal(reason({ peer: true }), 'closed-by-peer');
    assert.equal(reason({ peer: true }, { here: true }), 'closed-by-peer');
    assert.equal(reason({ here: true }, { peer: true }), 'closed');
  });
  it('is the end of the process only if that closed the connection', () => {
    assert.equal(reason({ here: true, exiting: true }), 'process-exited');
    assert.equal(reason({ peer: true }, { exiting: true }), 'closed-by-peer');
  });
  it('is a reset, a refusal or a time-out of a connection that was still whole', () => {
    assert.equal(reason({ reset: true, errno: 104 }), 'reset-by-peer');
    assert.equal(reason({ errno: 111 }), 'reset-by-peer');
    assert.equal(reason({ errno: 110 }), 'timed-out');
    assert.equal(reason({ here: true }, { reset: true }), 'closed');
  });
  it('is a destroy by whoever set the last error', () => {
    assert.equal(reason({ errno: 103, ours: true }), 'destroyed-by-sockscope');
    assert.equal(reason({ errno: 103, ours: true }, { here: true }), 'destroyed-by-sockscope');
    assert.equal(reason({ errno: 110 }, { errno: 103, ours: true }), 'destroyed-by-sockscope');
    assert.equal(reason({ errno: 103, ours: true }, { errno: 103 }), 'destroyed-by-other');
  });
  it('is not known of sockets that were there when events were lost', () => {
    const closed = { ...nothing, peer: true };
    const facts = new EndFacts();
    facts.destroyed({ netns: 1, cookie: '5' });
    facts.add([{ netns: 1, cookie: '6', ...closed }]);
    facts.lost([id]);
    facts.add([
      { ...id, ...closed },
      { netns: 1, cookie: '8', ...closed },
    ]);
    const reasons = ['5', '6', '7', '8'].map((cookie) => facts.reason({ netns: 1, cookie }));
    assert.deepEqual(reasons, ['destroyed-by-sockscope', null, null, 'closed-by-peer']);
  });
  it('is a destroy, by Sockscope or by another program', () => {
    assert.equal(reason({ errno: 103 }), 'destroyed-by-other');
    assert.equal(reason({ peer: true }, { errno: 103 }), 'destroyed-by-other');
    const facts = new EndFacts();
    facts.destroyed(id);
    assert.equal(facts.reason(id), 'destroyed-by-sockscope');
    facts.forget(id);
    assert.equal(facts.reason(id), null);
  });
  it('is a destroy also if a scan that began before it still had the socket', () => {
    const began = performance.now();
    const facts = new EndFacts();
    facts.destroyed(id);
    facts.revived(id, began);
    facts.add([{ ...id, ...nothing, errno: 103 }]);
    assert.equal(facts.reason(id), 'destroyed-by-sockscope');
    facts.revived(id, Number.POSITIVE_INFINITY);
    assert.equal(
      facts.reason(id),
      'destroyed-by-other',
      'it was connected again, and aborted by somebody else',
    );
  });
});
