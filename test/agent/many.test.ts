/** More sockets than fit into one page of a listing or one request. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll, listPage } from '../../agent/client/list-all';
import { ErrorCode, limits } from '../../agent/protocol';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const count = limits.listPage + 500;

describe('many sockets', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let puppet: Puppet;
  let bystander: Puppet;
  before(async () => {
    stage = new Stage();
    stage.netns.crowd();
    client = await (await stage.agent()).client();
    puppet = await stage.puppet();
    bystander = await stage.puppet();
    const binding = { family: 'ipv4', address: '127.0.0.1' } as const;
    await puppet.command('bind_many', { name: 'udp', count, ...binding });
    await bystander.bind('udp', { protocol: 'udp', ...binding });
  });
  after(() => stage?.close());

  it('are listed in pages, each socket once; a newer listing ends the older', async () => {
    const filter = `pid:${puppet.pid}`;
    const first = await listPage(client, { filter });
    assert.deepEqual([first.sockets.length, first.total], [limits.listPage, count]);
    assert.ok(first.cursor);
    const rest = await listPage(client, { filter, cursor: first.cursor });
    assert.deepEqual([rest.sockets.length, rest.total, rest.cursor], [count - limits.listPage, count, null]);
    const cookies = new Set([...first.sockets, ...rest.sockets].map(({ cookie }) => cookie));
    assert.equal(cookies.size, count);

    const older = await listPage(client, { filter });
    assert.ok(older.cursor);
    await listPage(client, { filter });
    const expired = listPage(client, { filter, cursor: older.cursor });
    await assert.rejects(expired, ({ code }: { code: number }) => code === ErrorCode.cursorExpired);
  });

  it('are all destroyed by one command, and no other socket is', async () => {
    const { code, json, stderr } = await stage.sockscope(['destroy', `pid:${puppet.pid}`, '--yes', '--json']);
    assert.equal(code, 0, stderr);
    assert.equal(json.results.length, count);
    const outcomes = new Set(json.results.map(({ outcome }: { outcome: string }) => outcome));
    assert.deepEqual([...outcomes], ['destroyed']);
    for (const index of [0, 1, count / 2, count - 1])
      assert.equal(await puppet.errnoOf('receive', `udp ${index}`), 'ECONNABORTED');
    assert.deepEqual((await listAll(client, `pid:${puppet.pid}`)).sockets, []);
    const { local } = await bystander.info('udp');
    await bystander.send('udp', 'to itself', local);
    assert.equal((await bystander.receive('udp')).text, 'to itself');
  });
});
