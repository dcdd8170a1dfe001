import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { FairQueue } from '../../../../agent/common/fair-queue';
import {
  everybody,
  nobody,
  onBehalfOf,
  type Principal,
  presentPrincipal,
} from '../../../../agent/common/on-behalf';
import { SharedRun } from '../../../../agent/common/shared-run';

/** Works that take a while, and what has run, in order. */
class Log {
  readonly queue = new FairQueue();
  readonly ran: string[] = [];

  add(of: Principal, name: string, urgency: 'ordinary' | 'urgent' = 'ordinary'): Promise<void> {
    const work = async () => {
      this.ran.push(name);
      await tick();
    };
    return onBehalfOf(of, () => this.queue.run(work, urgency));
  }
}

const [a, b] = [{ name: 'a' }, { name: 'b' }] as const;

describe('a fair queue', () => {
  it('takes turns by principal, and keeps the order of each', async () => {
    const log = new Log();
    const all = ['a1', 'a2', 'a3', 'a4'].map((name) => log.add(a, name));
    all.push(log.add(b, 'b1'), log.add(b, 'b2'), log.add(nobody, 'n1'));
    await Promise.all(all);
    assert.deepEqual(log.ran, ['a1', 'a2', 'b1', 'n1', 'a3', 'b2', 'a4']);
  });

  it('whoever asks again and again does not get before one who waits', async () => {
    const log = new Log();
    const again = async () => {
      for (let times = 0; times < 5; times++) await log.add(a, 'a');
    };
    await Promise.all([again(), again(), log.add(b, 'b')]);
    assert.ok(log.ran.indexOf('b') <= 2, log.ran.join());
  });

  it('urgent works go first, and others have every second turn', async () => {
    const log = new Log();
    const all = ['a1', 'a2', 'a3'].map((name) => log.add(a, name));
    all.push(...['u1', 'u2', 'u3', 'u4'].map((name) => log.add(b, name, 'urgent')));
    await Promise.all(all);
    assert.deepEqual(log.ran, ['a1', 'u1', 'a2', 'u2', 'a3', 'u3', 'u4']);
  });

  it('a work that passes its turn lets others begin, so many at once, and urgent ones always', async () => {
    const queue = new FairQueue(2);
    const began: string[] = [];
    const ends = new Map<string, () => void>();
    const waiting = (name: string, urgency: 'ordinary' | 'urgent' = 'ordinary') =>
      queue.run(async (pass) => {
        began.push(name);
        await tick();
        pass();
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return name;
      }, urgency);
    const all = ['1', '2', '3'].map((name) => waiting(name));
    for (let turn = 0; turn < 9; turn++) await tick();
    assert.deepEqual(began, ['1', '2']);
    all.push(waiting('urgent', 'urgent'));
    for (let turn = 0; turn < 9; turn++) await tick();
    assert.deepEqual(began, ['1', '2', 'urgent']);
    ends.get('2')?.();
    assert.equal(await all[1], '2', 'before the one that began before it');
    for (let turn = 0; turn < 9; turn++) await tick();
    assert.deepEqual(began, ['1', '2', 'urgent'], 'as many wait as may');
    ends.get('urgent')?.();
    await all[3];
    for (let turn = 0; turn < 9; turn++) await tick();
    assert.deepEqual(began, ['1', '2', 'urgent', '3']);
    for (const end of ends.values()) end();
    assert.deepEqual(await Promise.all(all), ['1', '2', '3', 'urgent']);
  });

  it('a work that fails fails for the one who asked, and the next one runs', async () => {
    const queue = new FairQueue();
    const failing = queue.run(() => Promise.reject(new Error('lost')));
    const thrown = queue.run(() => {
      throw new Error('thrown');
    });
    const next = queue.run(() => 1);
    await assert.rejects(failing, /lost/);
    await assert.rejects(thrown, /thrown/);
    assert.equal(await next, 1);
  });

  it('runs each work on behalf of the one who asked for it, and what is shared on behalf of everybody', async () => {
    const queue = new FairQueue();
    const who = async () => {
      await tick();
      return presentPrincipal();
    };
    const shared = new SharedRun(who);
    const ask = (of: Principal, work: () => Promise<Principal>) => onBehalfOf(of, () => queue.run(work));
    assert.deepEqual(await Promise.all([ask(a, who), ask(b, who), queue.run(who)]), [a, b, nobody]);
    assert.deepEqual(await Promise.all([ask(a, () => shared.next()), shared.next()]), [everybody, everybody]);
  });
});
