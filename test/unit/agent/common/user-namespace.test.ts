import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dynamicIds, hasAllUids, isInMap, mapsAny } from '../../../../agent/common/user-namespace';

const maps = {
  machine: '         0          0 4294967295\n',
  rootless: '         0       1000          1\n         1     100000      65536\n',
  remapped: '         0     165536      65536\n',
  alone: '         0       1000          1\n',
  nobody: '',
};

describe('a user namespace', () => {
  it('has the ids of its map', () => {
    const has = (map: string) => [0, 65_519, 65_536, 65_537].map((id) => isInMap(map, id));
    assert.deepEqual(has(maps.machine), [true, true, true, true]);
    assert.deepEqual(has(maps.rootless), [true, true, true, false]);
    assert.deepEqual(has(maps.alone), [true, false, false, false]);
    assert.deepEqual(has(maps.nobody), [false, false, false, false]);
  });

  it('has an id of a range, or none', () => {
    const having = Object.entries(maps).filter(([, map]) => mapsAny(map, dynamicIds));
    assert.deepEqual(
      having.map(([name]) => name),
      ['machine', 'rootless', 'remapped'],
    );
    assert.equal(mapsAny('5 0 10\n', { first: 0, last: 4 }), false);
    assert.equal(mapsAny('5 0 10\n', { first: 14, last: 20 }), true);
  });

  it('has all uids on a machine of its own alone', () => {
    const whole = Object.entries(maps).filter(([, map]) => hasAllUids(map));
    assert.deepEqual(
      whole.map(([name]) => name),
      ['machine'],
    );
  });
});
