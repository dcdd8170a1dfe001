/** `sockscope list` without an agent: one process, which gives up root before it lists. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dynamicIds } from '../../agent/common/user-namespace';
import { Cgroup, cgroup2Mount } from '../helpers/cgroup';
import { children } from '../helpers/children';
import { FakePrograms } from '../helpers/fake-programs';
import { assertPrivileges } from '../helpers/privileges';
import { type RunOptions, start, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';
import { idsOf } from '../helpers/threads';

/** Without an agent: that of the stage's user is not asked. */
const alone = { SUDO_UID: String(stranger.uid) };
/** More than a pipe takes, as JSON. */
const many = 2000;

/** Empty where it has ended. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

describe('a list without an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let puppet: Puppet;
  let fakes: FakePrograms;
  before(async () => {
    stage = new Stage();
    fakes = new FakePrograms(stage);
    puppet = await stage.puppet();
    await puppet.command('bind_many', { name: 'udp', count: many, family: 'ipv4', address: '127.0.0.1' });
  });
  beforeEach(() => fakes.reset());
  after(() => stage?.close());

  const mine = () => `pid:${puppet.pid}`;

  type Listing = ChildProcess & { readonly pid: number };

  /** A list, by default root's, whose output nobody reads while `examine` runs. */
  async function whileItRuns<T>(
    examine: (list: Listing) => T | Promise<T>,
    user?: RunOptions['user'],
  ): Promise<T> {
    const command = [process.execPath, `${stage.folder}/sockscope.js`, 'list', mine(), '--json'];
    const around = { user, netns: stage.netns, environment: { ...alone, ...fakes.environment } };
    const child = start(command, around, { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(child.pid && child.stdout);
    try {
      return await examine(child as Listing);
    } finally {
      child.stdout.resume();
      await once(child, 'exit');
    }
  }

  /** As it prints, it has given up what it will not need. */
  function whileItPrints<T>(examine: (list: Listing) => T, user?: RunOptions['user']): Promise<T> {
    return whileItRuns(async (list) => {
      await once(list.stdout as Readable, 'readable');
      return examine(list);
    }, user);
  }

  /** By pid, once it has so many that run programs of their own, for some milliseconds; null: it printed before they were seen. */
  async function namesOfChildren(list: Listing, count: number): Promise<ReadonlyMap<number, string> | null> {
    let prints = false;
    const onReadable = () => {
      prints = true;
    };
    list.stdout?.on('readable', onReadable);
    try {
      for (; !prints; await nextTurn()) {
        const names = new Map(children(list.pid).map((child) => [child, nameOf(child)]));
        const own = [...names.values()].filter((name) => name !== '' && name !== nameOf(list.pid));
        if (own.length === count) return names;
      }
      return null;
    } finally {
      list.stdout?.off('readable', onReadable);
    }
  }

  const runtimeCalls = () => fakes.calls('podman', 'docker');

  it('of root prints under a uid of its own, with the rights of the agent in every thread', () =>
    whileItPrints(({ pid }) => {
      const { uid } = idsOf(pid);
      assert.ok(uid >= dynamicIds.first && uid <= dynamicIds.last, `${uid}`);
      assertPrivileges(pid, 'agent', uid);
    }));

  it('of root has a broker, and leaves nothing behind', async () => {
    const names = await until('its children are seen', () => whileItRuns((list) => namesOfChildren(list, 2)));
    // A shell that would ask for names of containers.
    assert.deepEqual([...names.values()].sort(), ['sh', 'sscope-broker']);
    await until('they have ended', () => ![...names.keys()].some((pid) => existsSync(`/proc/${pid}`)));
    assert.deepEqual(runtimeCalls(), []);
  });

  it('of a user is one process', async () => {
    const { ids, others } = await whileItPrints(
      ({ pid }) => ({ ids: idsOf(pid), others: children(pid) }),
      stranger,
    );
    assert.deepEqual([ids, others], [stranger, []]);
  });

  describe('of a container without a name', () => {
    const id = 'c'.repeat(64);
    const mount = cgroup2Mount();
    let cgroup: Cgroup;
    let inside: Puppet;
    before(async () => {
      inside = await stage.puppet();
      await inside.listen('l', { family: 'ipv4', address: '127.0.0.1' });
      cgroup = new Cgroup(mount ?? '', `docker-${id}.scope`);
      cgroup.take(inside.pid);
    });
    after(async () => {
      await inside?.stop();
      await cgroup?.remove();
    });

    for (const who of ['root', 'its user'] as const)
      it(`asks the runtimes once, for ${who}`, async () => {
        fakes.answer('podman', { ps: `${id}\\tshop` });
        const { code, json, stderr } = await stage.sockscope(['list', `pid:${inside.pid}`, '--json'], {
          user: who === 'root' ? undefined : stage.user,
          environment: { ...alone, ...fakes.environment },
        });
        assert.equal(code, 0, stderr);
        assert.deepEqual(json.sockets[0]?.container, { id, runtime: 'docker', name: 'shop' });
        assert.equal(runtimeCalls().length, 2);
      });
  });
});
