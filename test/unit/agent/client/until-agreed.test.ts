/** Who was asked before an act is asked again where what matches has changed, and nothing else is done. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untilAgreed } from '../../../../agent/client/until-agreed';
import { ErrorCode, isAgreed, limits, protocolError, type Socket } from '../../../../agent/protocol';
import { owner, socket } from '../../../helpers/sockets';

const held = (remote: string, pid: number, more: Partial<Socket> = {}) =>
  socket('127.0.0.1:40000', remote, { owners: [owner('node', pid)], ...more });

const first = held('127.0.0.1:5432', 42);
const second = held('127.0.0.1:5432', 43);

/** What the act gets, and what was asked. */
async function ask(lists: Socket[][], answers: boolean[], act: (tries: number) => void = () => {}) {
  const asked: [number, boolean][] = [];
  const done: (readonly string[])[] = [];
  const result = await untilAgreed(
    {
      params: { filter: 'remote:5432' },
      matching: async () => lists[asked.length] ?? [],
      confirm: async (matching, again) => {
        asked.push([matching.length, again]);
        return answers.shift() ?? false;
      },
    },
    async ({ agreed }) => {
      done.push(agreed);
      act(done.length);
      return 'done';
    },
  );
  return { result, asked, done };
}

const changed = () => {
  throw protocolError(ErrorCode.changed, 'What matches has changed');
};

describe('what a user has agreed to', () => {
  it('is done, and nothing after a no', async () => {
    const yes = await ask([[first]], [true]);
    assert.deepEqual([yes.result, yes.asked, yes.done.length], ['done', [[1, false]], 1]);
    const no = await ask([[first]], [false]);
    assert.deepEqual([no.result, no.done], [null, []]);
  });

  it('is asked for again where it has changed, with what matches by then', async () => {
    const { result, asked, done } = await ask([[first], [first, second]], [true, true], (tries) => {
      if (tries === 1) changed();
    });
    assert.equal(result, 'done');
    assert.deepEqual(asked, [
      [1, false],
      [2, true],
    ]);
    const [once = [], again = []] = done.map((names) => new Set(names));
    assert.deepEqual(
      [isAgreed(new Set(once), second, false), isAgreed(new Set(again), second, false)],
      [false, true],
    );
    assert.equal((await ask([[first], [second]], [true, false], changed)).result, null);
  });

  it('is never another mistake', async () => {
    const failed = () => {
      throw protocolError(ErrorCode.readOnly, 'It only looks');
    };
    await assert.rejects(ask([[first]], [true], failed), { code: ErrorCode.readOnly });
  });

  it('has a limit, so that each of them was named', async () => {
    const many = Array.from({ length: limits.agreed }, (_, index) => held('127.0.0.1:5432', index + 1));
    await assert.rejects(ask([many], [true]), /too many to agree to/);
  });
});

describe('a connection', () => {
  const isNamed = (asked: Socket, now: Socket, accepted = false) => {
    let names: readonly string[] = [];
    const params = {};
    const matching = async () => [asked];
    return untilAgreed({ params, matching, confirm: async () => true }, async ({ agreed }) => {
      names = agreed;
    }).then(() => isAgreed(new Set(names), now, accepted));
  };

  it('was named where its process had one to this remote, from whatever port', async () => {
    const again = socket('127.0.0.1:40001', '127.0.0.1:5432', { owners: first.owners });
    assert.equal(await isNamed(first, again), true);
    assert.equal(await isNamed(first, { ...again, remote: { address: '127.0.0.1', port: 5433 } }), false);
    assert.equal(await isNamed(first, { ...again, netns: 2 }), false);
  });

  it('was not where one of its processes was not, or is another one with the same pid', async () => {
    assert.equal(await isNamed(first, second), false);
    assert.equal(await isNamed(first, { ...first, owners: [...first.owners, ...second.owners] }), false);
    assert.equal(
      await isNamed(first, { ...first, owners: [owner('node', 42, { startTime: 'later' })] }),
      false,
    );
  });

  it('that a server has accepted is known by its own port, and the address of the client', async () => {
    const accepted = socket('127.0.0.1:3000', '10.0.0.5:40000', { owners: first.owners });
    const later = socket('127.0.0.1:3000', '10.0.0.5:40001', { owners: first.owners });
    assert.deepEqual([await isNamed(accepted, later, true), await isNamed(accepted, later)], [true, false]);
    const other = socket('127.0.0.1:3000', '10.0.0.6:40001', { owners: first.owners });
    assert.equal(await isNamed(accepted, other, true), false);
  });
});
