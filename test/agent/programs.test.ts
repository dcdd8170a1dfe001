/** Widely used servers as victims: one connection is destroyed, and the server serves the next one. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { end, start, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { go, http, nginx, node, postgres, pythonHttp, redis } from '../helpers/servers';
import { Stage, withoutRoot } from '../helpers/stage';

const servers = [node, pythonHttp, redis, nginx, postgres, go];

describe('real programs', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    client = await stage.puppet();
  });
  after(() => stage?.close());

  for (const [index, { name, path, request, answer, command, isReady }] of servers.entries())
    it(name, { skip: path ? false : 'it is not installed' }, async () => {
      const port = 18_000 + index;
      const site = stage.site(port);
      const server = await startServer(await command(path ?? '', site));
      const connect = async (connection: string) => {
        await client.connect(connection, { family: 'ipv4', to: ['127.0.0.1', port] });
        await client.send(connection, request);
        assert.match((await client.receive(connection)).text, answer);
      };
      await until(`port ${port} is open`, async () => (isReady?.(site) ?? true) && isOpen(port));
      for (const connection of ['victim', 'bystander']) await connect(connection);

      const { local } = await client.info('victim');
      const words = ['destroy', `:${port}`, `remote:${local[1]}`, '--yes', '--json'];
      const { code, json, stderr } = await stage.sockscope(words);
      assert.deepEqual([code, json?.results.length, json?.results[0].outcome], [0, 1, 'destroyed'], stderr);
      assert.equal(await lastErrno('victim'), 'ECONNRESET');

      assert.equal(server.exitCode ?? server.signalCode, null, 'the server lives on');
      await connect('after');
      if (request === http.request) {
        await client.send('bystander', request);
        assert.match((await client.receive('bystander')).text, answer);
      } else assert.equal(await client.errnoOf('send', 'bystander'), null);
      await end(server, 'SIGINT');
    });

  async function startServer([program = '', ...args]: string[]): Promise<ChildProcess> {
    const server = start([program, ...args], { user: stage.user, netns: stage.netns }, { stdio: 'ignore' });
    stage.onClose(() => end(server, 'SIGINT'));
    return server;
  }

  async function isOpen(port: number): Promise<boolean> {
    const { json } = await stage.sockscope(['list', `:${port}`, 'state:listen', '--json']);
    return json.sockets.length > 0;
  }

  /** Data that is left to read comes before the error. */
  async function lastErrno(name: string): Promise<string | null> {
    for (;;) {
      const errno = await client.errnoOf('receive', name);
      if (errno) return errno;
    }
  }
});
