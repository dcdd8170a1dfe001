/** What is offered as the next step, against a scripted agent: never a command that would do nothing. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainAsUser } from '../../../../../agent/client/ports/explain';
import type { AgentInfo, PortHolder } from '../../../../../agent/protocol';
import { holder, netns, PortWorld } from '../../../../helpers/port-world';
import { owner, socket } from '../../../../helpers/sockets';

const node = owner('node', 42);

async function commands(holders: readonly PortHolder[], info: Partial<AgentInfo> = {}): Promise<string[]> {
  const params = { port: 3000, protocol: 'tcp', netns: null } as const;
  const { next } = await explainAsUser(new PortWorld(holders, info), params);
  return next.map(({ command }) => command);
}

const listenerOf = (more: Parameters<typeof socket>[2]) =>
  holder('listener', [node], {
    sockets: [socket('127.0.0.1:3000', null, { netns, owners: [node], ...more })],
  });

describe('the next step', () => {
  const free = 'sockscope free 3000';

  it('is free, where that can end or abort something', async () => {
    assert.deepEqual(await commands([holder('listener', [node])]), [free]);
    assert.deepEqual(await commands([holder('time-wait', [])]), [free]);
    assert.deepEqual(await commands([]), []);
  });

  it('says all that it does, in whole sentences', async () => {
    const connection = holder('connection', [node], {
      sockets: [socket('127.0.0.1:3000', '127.0.0.1:4000', { netns, owners: [node] })],
    });
    const params = { port: 3000, protocol: 'tcp', netns: null } as const;
    const { next } = await explainAsUser(new PortWorld([holder('listener', [node]), connection]), params);
    assert.match(
      next[0]?.why ?? '',
      /^SIGTERM goes to .+ to end\. If the port is still busy after that, 1 connection /,
    );
  });

  it('is none where free would do nothing', async () => {
    assert.deepEqual(await commands([listenerOf({ ownersLeftOut: 3 })]), [], 'not all owners are known');
    assert.deepEqual(await commands([listenerOf({ lifeline: true })]), []);
    assert.deepEqual(await commands([listenerOf({ kernel: true })]), []);
    assert.deepEqual(await commands([holder('listener', [node])], { readOnly: true }), []);
  });

  it('is the agent first, where only that can do it', async () => {
    const first = await commands([holder('time-wait', [])], { mode: 'observer' });
    assert.deepEqual(first, ['sudo sockscope agent serve', free]);
    const own = await commands([holder('listener', [node])], { mode: 'observer' });
    assert.deepEqual(own, [free]);
  });

  it('is an agent for all users, where another one has opened the socket of a hidden process', async () => {
    const hidden = (uid: number) =>
      holder('listener', [], { sockets: [socket('127.0.0.1:3000', null, { netns, uid, inode: '7' })] });
    const own = process.getuid?.() ?? 0;
    assert.deepEqual(await commands([hidden(own)], { mode: 'observer' }), [
      'sudo sockscope agent serve',
      free,
    ]);
    assert.deepEqual(await commands([hidden(own + 1)], { mode: 'observer' }), [
      'sudo sockscope agent serve --scope all',
      free,
    ]);
  });

  it('says once what happens to several processes', async () => {
    const others = [holder('listener', [node]), holder('listener', [owner('node', 43)])];
    const params = { port: 3000, protocol: 'tcp', netns: null } as const;
    const { next } = await explainAsUser(new PortWorld(others), params);
    assert.deepEqual(
      next.map(({ why }) => why),
      ['SIGTERM goes to node (pid 42) and node (pid 43) alone, which have 3 s to end'],
    );
  });

  it('of a program that carries sessions is to agree to their end', async () => {
    const tmux = owner('tmux: server', 43);
    const world = new PortWorld([holder('listener', [tmux])]);
    world.programs.set(43, 'tmux: server');
    const params = { port: 3000, protocol: 'tcp', netns: null } as const;
    const { next, holders } = await explainAsUser(world, params);
    assert.deepEqual(
      next.map(({ command }) => command),
      ['sockscope free 3000 --include-sessions'],
    );
    assert.deepEqual([holders[0]?.remedy], ['none']);
    assert.deepEqual(next[0]?.free, { addresses: [], includeInheritors: false, includeSessions: true });
  });
});
