import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dynamicIds } from '../../../../agent/common/user-namespace';
import { chooseId, type IdFacts } from '../../../../agent/system/dynamic-ids';
import { accountIds, subordinateIds } from '../../../../agent/system/ids-in-use';
import { StartRefused } from '../../../../agent/system/root-folder';

const { first, last } = dynamicIds;

/** A machine where nothing has an id of the range; `held`: locks that are held in the end. */
function machine(facts: Partial<IdFacts> = {}) {
  const held = new Set<number>();
  const lock = (id: number) => {
    held.add(id);
    return () => held.delete(id);
  };
  return { held, facts: { isMapped: () => true, lock, inUse: async () => new Set<number>(), ...facts } };
}

describe('the choice of a uid', () => {
  it('is one of the range that systemd has for dynamic users, and locked', async () => {
    for (const served of [0, 1000, 65_534, 4_294_967_294]) {
      const { held, facts } = machine();
      const id = await chooseId(served, facts);
      assert.ok(id >= first && id <= last, `${id}`);
      assert.deepEqual([...held], [id]);
    }
  });

  it('differs between users, and is the same for the same one', async () => {
    const ids = await Promise.all([1000, 1001, 1000].map((served) => chooseId(served, machine().facts)));
    assert.equal(ids[0], ids[2]);
    assert.notEqual(ids[0], ids[1]);
  });

  it('is never the uid that is served', async () => {
    for (const served of [first, last]) assert.notEqual(await chooseId(served, machine().facts), served);
  });

  it('skips what is locked', async () => {
    const usual = await chooseId(1000, machine().facts);
    const { facts } = machine();
    const others = { ...facts, lock: (id: number) => (id === usual ? null : facts.lock(id)) };
    assert.equal(await chooseId(1000, others), usual + 1);
  });

  it('skips what is in use, looks once the lock is held, and gives that lock back', async () => {
    const usual = await chooseId(1000, machine().facts);
    const { held, facts } = machine();
    const looks: number[][] = [];
    const inUse = async () => {
      looks.push([...held]);
      return new Set([usual, usual + 1]);
    };
    assert.equal(await chooseId(1000, { ...facts, inUse }), usual + 2);
    assert.deepEqual(looks, [[usual], [usual + 2]]);
    assert.deepEqual([...held], [usual + 2]);
  });

  it('begins again at the first after the last', async () => {
    const served = last - first; // its candidate is the last one
    const { facts } = machine({ inUse: async () => new Set([last]) });
    assert.equal(await chooseId(served, facts), first);
  });

  const refusals: readonly [string, Partial<IdFacts>, RegExp][] = [
    [
      'none is mapped',
      { isMapped: () => false },
      /user namespace has none of them: .*map the ids 0 to 65535/,
    ],
    ['all are locked', { lock: () => null }, /all of them are taken/],
  ];
  for (const [name, facts, pattern] of refusals)
    it(`is refused where ${name}`, () => {
      const refused = (error: Error) => error instanceof StartRefused && pattern.test(error.message);
      return assert.rejects(chooseId(1000, machine(facts).facts), refused);
    });
});

describe('what the choice is made by', () => {
  it('accounts and groups', () => {
    const passwd = 'root:x:0:0::/root:/bin/sh\n\nodd\nann:x:61200:61201::/home/ann:/bin/sh\n';
    assert.deepEqual(
      accountIds(passwd, 'users:x:100:ann\nmine:x:61300:\n'),
      [0, 0, 61200, 61201, 100, 61300],
    );
  });

  it('subordinate ranges, as far as they lie in the range', () => {
    assert.deepEqual(subordinateIds('ann:61190:2\nbob:100000:65536\n\n', dynamicIds), [61190, 61191]);
    assert.deepEqual(subordinateIds(`ann:1:${first}\nbob:${last}:99\nodd:x:y\n`, dynamicIds), [first, last]);
  });
});
