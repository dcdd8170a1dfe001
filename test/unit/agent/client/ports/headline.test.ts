/** The sentences about a port: for which binds it is busy, all that hold it, and what several servers on it mean. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headline, notes } from '../../../../../agent/client/ports/headline';
import { type BindTrial, isFree, type PortHolder } from '../../../../../agent/protocol';
import { holder, netns } from '../../../../helpers/port-world';
import { owner, socket } from '../../../../helpers/sockets';

const usual = ['0.0.0.0', '127.0.0.1', '::', '::1'];
const [old, young] = [owner('node', 41, { startTime: '9' }), owner('node', 42, { startTime: '10' })];

function listener(local: string, blocks: readonly string[], by = old): PortHolder {
  const sockets = [socket(local, null, { netns, owners: [by] })];
  return holder('listener', [by], { sockets, blocks, why: `${by.name} (pid ${by.pid}) listens on ${local}` });
}

/** `busy`: addresses whose binds fail; `reuse`: those that fail with SO_REUSEADDR too. */
function answer(holders: readonly PortHolder[], busy: readonly string[], reuse = busy, error = 'EADDRINUSE') {
  const trial = (reuseaddr: boolean, failing: readonly string[]): BindTrial[] =>
    usual.map((address) => ({ netns, address, reuseaddr, error: failing.includes(address) ? error : null }));
  const binds = [...trial(false, busy), ...trial(true, reuse)];
  const leftOut = { sockets: 0, owners: 0 };
  const port = { port: 3000, protocol: 'tcp', addresses: [], netns, namespaces: [] } as const;
  return { ...port, binds, holders, leftOut, free: isFree(binds) };
}

describe('the headline', () => {
  it('names the binds that fail, and no address where all do', () => {
    const own = answer([listener('127.0.10.10:3000', ['0.0.0.0', '::'])], ['0.0.0.0', '::']);
    assert.equal(
      headline(own),
      'Port 3000 is busy for binds to 0.0.0.0 and [::]: node (pid 41) listens on 127.0.10.10:3000',
    );
    assert.deepEqual(notes(own), [
      '127.0.0.1 and [::1] can be bound as they are: for those nothing has to end',
    ]);
    const all = answer([listener('[::]:3000', usual)], usual);
    assert.equal(headline(all), 'Port 3000 is busy: node (pid 41) listens on [::]:3000');
    assert.deepEqual(notes(all), []);
  });

  it('names every server, and then what is left of connections', () => {
    const sockets = [1, 2].map((at) => socket('127.0.0.1:3000', `127.0.0.1:4000${at}`, { netns }));
    const text = headline(
      answer(
        [
          listener('127.0.0.1:3000', ['0.0.0.0', '127.0.0.1', '::']),
          listener('[::1]:3000', ['::', '::1'], young),
          holder('orphan', [], { sockets }),
        ],
        usual,
      ),
    );
    assert.equal(
      text,
      'Port 3000 is busy: node (pid 41) listens on 127.0.0.1:3000; node (pid 42) listens on [::1]:3000; besides, 2 orphans',
    );
  });

  it('has the number of those that are too many to be named', () => {
    const six = [1, 2, 3, 4, 5, 6].map((at) => listener(`127.0.0.${at}:3000`, usual, owner('node', at)));
    assert.match(headline(answer(six, usual)), /127\.0\.0\.4:3000; and 2 more$/);
  });

  it('does not promise a bind to programs, where the agent may do what they may not', () => {
    const why = 'Nobody holds port 3000, but only a process with CAP_NET_BIND_SERVICE may bind it';
    assert.equal(headline(answer([holder('reserved', [], { sockets: [], why })], [])), why);
  });

  it('blames nobody who is in no way', () => {
    const elsewhere = listener('127.0.0.2:3000', []);
    assert.equal(headline(answer([elsewhere], [])), 'Port 3000 is free: every bind works');
    assert.match(
      headline(answer([elsewhere], usual)),
      /^Port 3000 cannot be bound: EADDRINUSE: no socket that can be seen has the port\. A bind filter .*Windows/,
    );
  });

  it('has words for a refusal that is no privilege', () => {
    for (const error of ['EACCES', 'EPERM'])
      assert.match(
        headline(answer([], usual, usual, error)),
        new RegExp(
          `^Port 3000 cannot be bound: ${error}: no socket has the port, and it is not a privileged one`,
        ),
      );
    assert.match(headline(answer([], ['::', '::1'], [], 'EAFNOSUPPORT')), /is free/);
  });
});

describe('notes', () => {
  it('say which server each address of localhost reaches', () => {
    const six = listener('[::1]:3000', ['::', '::1'], young);
    const four = listener('0.0.0.0:3000', ['0.0.0.0', '127.0.0.1', '::']);
    const text =
      'localhost leads to two servers, by the address that a program tries first: 127.0.0.1 to node (pid 41), ::1 to node (pid 42)';
    assert.deepEqual(notes(answer([four, six], usual)), [text]);
    const dual = listener('[::]:3000', usual);
    assert.deepEqual(notes(answer([dual, six], usual)), [text]);
    assert.deepEqual(notes(answer([dual], usual)), []);
  });

  it('name the programs that share an address, the oldest first', () => {
    const group = [listener('0.0.0.0:3000', usual, young), listener('0.0.0.0:3000', usual)];
    assert.deepEqual(notes(answer(group, usual)), [
      'node (pid 41), the oldest, and node (pid 42) share 0.0.0.0:3000, as SO_REUSEPORT allows: each new connection goes to one of them',
    ]);
  });
});
