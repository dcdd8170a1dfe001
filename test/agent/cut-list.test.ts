/** `list --json` whose agent ends between two pages: what has come is printed, and nobody can take it for the whole. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { limits, listJson } from '../../agent/protocol';
import { run } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

/** With this in the command line of their owner, so many sockets fill more than a page. */
const argument = 'x'.repeat(4000);
const sockets = Math.ceil((1.1 * limits.answer) / argument.length);

describe('list --json that breaks off', { skip: withoutRoot }, () => {
  const path = agentSocketPath(stranger.uid);
  let stage: Stage;
  let puppet: Puppet;
  let server: Server | undefined;
  before(async () => {
    stage = new Stage();
    puppet = await stage.victim([python, join(stage.folder, 'puppet.py'), argument]);
    for (let port = 1; port <= sockets; port++)
      await puppet.bind(`${port}`, { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' });
    await stage.agent();
  });
  after(async () => {
    server?.close();
    rmSync(dirname(path), { recursive: true, force: true });
    await stage?.close();
  });

  /** To the agent of the stage's user, in the place of another one's, until the client has asked for so many pages. */
  async function relay(pages: number): Promise<void> {
    server = createServer((client) => {
      let asked = 0;
      const agent = connect(agentSocketPath(stage.user.uid));
      const ends = [client, agent];
      const hangUp = () => {
        for (const end of ends) end.destroy();
      };
      for (const end of ends) end.on('error', hangUp).on('close', hangUp);
      agent.pipe(client);
      client.on('data', (text) => {
        asked += String(text).split(listJson.method).length - 1;
        if (asked < pages) agent.write(text);
        else hangUp();
      });
    });
    mkdirSync(dirname(path), { recursive: true });
    server.listen(path);
    await once(server, 'listening');
    chownSync(path, stranger.uid, stranger.gid);
  }

  it('ends with 1 and a sentence, after whole rows and without the end of the JSON', async () => {
    await relay(2);
    const command = [
      process.execPath,
      join(stage.folder, 'sockscope.js'),
      'list',
      '--json',
      `pid:${puppet.pid}`,
    ];
    const around = { netns: stage.netns, environment: { SUDO_UID: String(stranger.uid) } };
    const { code, stdout, stderr } = await run(command, around);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^sockscope: The agent hung up: .+\n$/);
    assert.throws(() => JSON.parse(stdout), SyntaxError);
    const printed = JSON.parse(`${stdout}]}`).sockets.length;
    assert.ok(printed > 0 && printed < sockets, `${printed} of ${sockets}`);
  });
});
