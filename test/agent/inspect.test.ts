/** What `inspect` says beyond the numbers of one socket: of real sockets, without and with an agent. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { run } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const clientPorts = 20;

describe('inspect', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    const range = `net.ipv4.ip_local_port_range=47001 ${47_000 + clientPorts}`;
    await run(['sysctl', '-qw', range], { netns: stage.netns });
    server = await stage.puppet();
    client = await stage.puppet();
  });
  after(() => stage?.close());

  async function inspected(filter: string): Promise<string> {
    const { code, stdout, stderr } = await stage.sockscope(['inspect', ...filter.split(' ')]);
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  }

  async function listen(name: string, port: number, backlog: number) {
    const { local } = await server.listen(name, { family: 'ipv4', address: '127.0.0.1', port, backlog });
    return local;
  }

  function tests(mode: string, firstPort: number): void {
    it(`a full accept queue: the server does not accept, ${mode}`, async () => {
      const to = await listen(`full ${mode}`, firstPort, 1);
      for (const name of ['a', 'b']) await client.connect(`${name} ${mode}`, { family: 'ipv4', to });
      assert.match(
        await inspected(`:${to[1]} state:listen`),
        /^accept queue +2 of 1 waiting: the server does not accept/m,
      );
      for (const name of ['a', 'b']) await client.reset(`${name} ${mode}`);
    });

    it(`a program that does not close, ${mode}`, async () => {
      const to = await listen(`leak ${mode}`, firstPort + 1, 50);
      const names = Array.from({ length: 10 }, (_, index) => `leak ${mode} ${index}`);
      for (const name of names) {
        await client.connect(name, { family: 'ipv4', to });
        await server.accept(name, `leak ${mode}`);
        await server.close(name);
        assert.equal((await client.receive(name)).text, '', 'it has seen the end');
      }
      const { local } = await client.info(names[0] ?? '');
      assert.match(
        await inspected(`:${local[1]} remote:${to[1]}`),
        new RegExp(
          `^close-wait +10 of python3 \\(pid ${client.pid}\\) to 127\\.0\\.0\\.1:${to[1]}, \\d+ in the last minute: the program does not close them; destroying them cures nothing$`,
          'm',
        ),
      );
      const { stderr } = await stage.sockscope(['list', `addr:${to[1]}`]);
      assert.match(
        stderr,
        new RegExp(
          `^close-wait: 10 of python3 \\(pid ${client.pid}\\) to 127\\.0\\.0\\.1:${to[1]}, \\d+ in the last minute: `,
          'm',
        ),
      );
      for (const name of names) await client.reset(name);
    });

    it(`a server that does not close, in a list without its listener, ${mode}`, async () => {
      const to = await listen(`kept ${mode}`, firstPort + 3, 50);
      const names = Array.from({ length: 10 }, (_, index) => `kept ${mode} ${index}`);
      for (const name of names) {
        await client.connect(name, { family: 'ipv4', to });
        await server.accept(name, `kept ${mode}`);
        await client.close(name);
        assert.equal((await server.receive(name)).text, '', 'it has seen the end');
      }
      const { stderr } = await stage.sockscope(['list', 'state:close-wait', `:${to[1]}`]);
      assert.match(
        stderr,
        new RegExp(
          `^close-wait: 10 of python3 \\(pid ${server.pid}\\) on port ${to[1]}, \\d+ in the last minute: the program does not close them`,
          'm',
        ),
      );
      for (const name of names) await server.close(name);
    });

    it(`client ports that are used up, and keepalive that is off, ${mode}`, async () => {
      const to = await listen(`ports ${mode}`, firstPort + 2, 50);
      const names = Array.from({ length: clientPorts }, (_, index) => `port ${mode} ${index}`);
      for (const name of names) await client.connect(name, { family: 'ipv4', to });
      assert.equal(await client.connectErrno(`no port ${mode}`, { family: 'ipv4', to }), 'EADDRNOTAVAIL');
      const { local } = await client.info(names[0] ?? '');
      const text = await inspected(`:${local[1]} remote:${to[1]}`);
      assert.match(
        text,
        new RegExp(
          `^client ports +20 of 20 to 127\\.0\\.0\\.1:${to[1]}, by python3 \\(pid ${client.pid}\\): connect fails with EADDRNOTAVAIL until one is closed$`,
          'm',
        ),
      );
      assert.match(text, /^keepalive +off: a dead peer is never noticed while idle$/m);
      assert.match(text, /^last acknowledged +[\d.]+ m?s ago$/m);
      for (const name of names) await client.reset(name);
    });
  }

  tests('without the agent', 5910);

  describe('with the agent', () => {
    before(() => stage.agent());
    tests('with the agent', 5920);
  });
});
