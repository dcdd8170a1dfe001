/** A machine whose /proc hides the processes of others (hidepid): the agent describes its user's all the same, and no others. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Client, connectAgent } from '../../agent/client/connect';
import { listPage } from '../../agent/client/list-all';
import {
  ErrorCode,
  inspectProcess,
  type ProcessDetail,
  rootGroup,
  type Socket,
  setView,
  signalProcess,
  startOutage,
} from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import { end, start, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

/** Its own instance of proc: the machine's stays as it is. */
const hiding = 'mount -t proc -o hidepid=invisible proc /proc && exec "$@"';

const loopback = { family: 'ipv4', address: '127.0.0.1' } as const;

describe('an agent from which /proc hides others', { skip: withoutRoot }, () => {
  let stage: Stage;
  let own: Puppet;
  let other: Puppet;
  before(async () => {
    stage = new Stage();
    own = await stage.puppet();
    other = await stage.puppet({ user: stranger });
    for (const puppet of [own, other]) await puppet.listen('listener', loopback);
  });
  after(() => stage?.close());

  async function withAgent(args: readonly string[], use: (client: Client) => Promise<void>): Promise<void> {
    const serve = [process.execPath, join(stage.folder, 'agent.js'), 'serve', ...args];
    const child = start(
      ['unshare', '--mount', 'sh', '-c', hiding, 'sh', ...serve],
      { netns: stage.netns, environment: { SUDO_UID: String(stage.user.uid) } },
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    try {
      await until('it serves', () => printed.includes('serves uid'));
      const client = await connectAgent(stage.user.uid);
      assert.ok(client);
      await use(client);
      client.close();
    } finally {
      await end(child, 'SIGTERM');
    }
  }

  async function listenerOf(client: Client, { pid }: Puppet): Promise<Socket> {
    const { sockets } = await listPage(client, { filter: `pid:${pid} state:listen` });
    assert.equal(sockets.length, 1);
    return sockets[0] as Socket;
  }

  function inspect(client: Client, { pid }: Puppet): Promise<ProcessDetail> {
    return client.request(inspectProcess, { pid, startTime: startTimeOf(pid) });
  }

  it("names the user's processes, with command and directory, and of others the kernel's name alone", () =>
    withAgent([], async (client) => {
      const [mine] = (await listenerOf(client, own)).owners;
      const [theirs] = (await listenerOf(client, other)).owners;
      assert.match(mine?.command ?? '', /puppet\.py/);
      assert.deepEqual([theirs?.name, theirs?.command], ['python3', '']);
      const details = { mine: await inspect(client, own), theirs: await inspect(client, other) };
      assert.match(details.mine.command, /puppet\.py/);
      assert.deepEqual([details.mine.user, details.mine.workingDirectory], [stage.user.name, process.cwd()]);
      assert.deepEqual(
        [details.theirs.command, details.theirs.workingDirectory, details.theirs.cgroup],
        ['', null, null],
      );
    }));

  it("knows which of root's programs carry a session, of which it sees no command", async () => {
    const words = [python, join(stage.folder, 'puppet.py')];
    const editor = await stage.victim([...words, '--type=extensionHost'], { user: undefined });
    const plain = await stage.victim(words, { user: undefined });
    for (const puppet of [editor, plain]) await puppet.listen('listener', loopback);
    await withAgent([], async (client) => {
      const [carrier, other] = [await listenerOf(client, editor), await listenerOf(client, plain)];
      assert.deepEqual([carrier.owners[0]?.command, carrier.lifeline, other.lifeline], ['', true, false]);
      const params = {
        pid: editor.pid,
        startTime: startTimeOf(editor.pid),
        signal: 'TERM',
        graceMs: 1000,
      } as const;
      assert.equal((await client.request(signalProcess, params)).outcome, 'protected');
    });
  });

  it("shows in a workspace what runs below its user's process, and in its folders", () =>
    withAgent([], async (client) => {
      const shownIn = async (view: number, roots: number[], folders: string[]) => {
        const filter = `pid:${own.pid}`;
        const open = { [rootGroup]: 10 };
        const workspace = { roots, folders };
        return (
          await client.request(setView, {
            view,
            filter,
            show: 'workspace',
            groupBy: 'process',
            workspace,
            open,
          })
        ).shown;
      };
      assert.equal(await shownIn(1, [process.pid], []), 1);
      assert.equal(await shownIn(2, [], [process.cwd()]), 1);
      assert.equal(await shownIn(3, [1], ['/nowhere']), 0);
    }));

  it("signals its user's process", () =>
    withAgent([], async (client) => {
      const { pid } = await stage.puppet();
      const params = { pid, startTime: startTimeOf(pid), signal: 'TERM', graceMs: 10_000 } as const;
      const { outcome, message } = await client.request(signalProcess, params);
      assert.deepEqual([outcome, message], ['exited', `python3 (pid ${pid}) has ended`]);
    }));

  it("holds a remote down for its user's process alone", () =>
    withAgent([], async (client) => {
      const outageOf = ({ pid }: Puppet) => {
        const params = {
          filter: `pid:${pid} remote:9`,
          fault: 'refused',
          forMs: 1000,
          detach: false,
        } as const;
        return client.request(startOutage, params);
      };
      assert.equal((await outageOf(own)).outage.fault, 'refused');
      await assert.rejects(outageOf(other), { code: ErrorCode.notFound });
    }));

  it('describes everybody with --scope all', () =>
    withAgent(['--scope', 'all'], async (client) => {
      const [theirs] = (await listenerOf(client, other)).owners;
      assert.match(theirs?.command ?? '', /puppet\.py/);
      assert.equal((await inspect(client, other)).workingDirectory, process.cwd());
    }));
});
