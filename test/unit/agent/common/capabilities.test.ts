import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namespaceLacks, powersOf } from '../../../../agent/common/capabilities';

/** As /proc/self/status has it. */
const status = (effective: bigint, bounding = effective) =>
  `Name:\tnode\nCapEff:\t${effective.toString(16).padStart(16, '0')}\nCapBnd:\t${bounding.toString(16).padStart(16, '0')}\n`;

const whole = (1n << 41n) - 1n;
/** Of docker's containers, without more. */
const docker = 0xa80425fbn;
const without = (set: bigint, ...numbers: bigint[]) =>
  numbers.reduce((left, number) => left & ~(1n << number), set);

describe('what root may do', () => {
  it('is everything on a machine of its own', () =>
    assert.deepEqual(powersOf(status(whole), true), { sees: true, acts: true, missing: [] }));

  it('is too little in a container, and what it lacks has its names', () =>
    assert.deepEqual(powersOf(status(docker), true), {
      sees: false,
      acts: false,
      missing: ['CAP_NET_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_PERFMON', 'CAP_BPF'],
    }));

  it('is to act with CAP_NET_ADMIN alone, and to see with CAP_SYS_PTRACE', () => {
    const acts = powersOf(status(docker | (1n << 12n)), true);
    assert.deepEqual([acts.sees, acts.acts], [false, true]);
    const sees = powersOf(status(docker | (1n << 19n)), true);
    assert.deepEqual([sees.sees, sees.acts], [true, false]);
  });

  it('is both with CAP_BPF and CAP_PERFMON, of which one is not enough', () => {
    assert.equal(powersOf(status(docker | (1n << 38n) | (1n << 39n)), true).acts, true);
    assert.equal(powersOf(status(docker | (1n << 39n)), true).acts, false);
  });

  it('is nothing without another uid for the agent', () => {
    const { sees, acts, missing } = powersOf(status(without(whole, 6n, 7n)), true);
    assert.deepEqual(
      { sees, acts, missing },
      { sees: false, acts: false, missing: ['CAP_SETGID', 'CAP_SETUID'] },
    );
  });

  it('is nothing in a user namespace without an uid for the agent, or without a /run of its own', () => {
    const rootless = '0 1000 1\n1 100000 65536\n';
    assert.deepEqual(namespaceLacks('0 0 4294967295\n', false), []);
    assert.deepEqual(namespaceLacks('0 1000 1\n', true), ['uid from 61184 to 65519 for the agent']);
    assert.deepEqual(namespaceLacks(rootless, true), ['/run of its own']);
    assert.deepEqual(namespaceLacks(rootless, false), []);
  });

  it('is for others what sudo could give', () => {
    assert.equal(powersOf(status(0n, whole), false).acts, true);
    assert.equal(powersOf(status(0n, docker), false).acts, false);
  });
});
