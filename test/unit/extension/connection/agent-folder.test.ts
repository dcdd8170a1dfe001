/** The watch on the way to an agent's socket, on real folders. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { agentSocketPath } from '../../../../agent/common/agent-socket';
import { AgentFolder } from '../../../../extension/connection/agent-folder';

/** Inotify watches of this process, as the kernel counts them. */
function watches(): number {
  const fds = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify';
    } catch {
      return false; // It was the descriptor of the folder that lists them.
    }
  });
  const lines = fds.flatMap((fd) => readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').split('\n'));
  return lines.filter((line) => line.startsWith('inotify wd:')).length;
}

describe('the watch for an agent', () => {
  let top: string;
  let socket: string;
  let folder: AgentFolder | undefined;
  let reported: (() => void) | undefined;
  /** The watch alone keeps no process running. */
  let running: NodeJS.Timeout;

  beforeEach(() => {
    running = setInterval(() => {}, 60_000);
    top = mkdtempSync(join(tmpdir(), 'sockscope-folder-'));
    socket = agentSocketPath(1000, join(top, 'sockscope'));
  });

  afterEach(() => {
    clearInterval(running);
    folder?.dispose();
    rmSync(top, { recursive: true, force: true });
  });

  const start = () => {
    folder = new AgentFolder(socket, () => reported?.());
  };

  /** Resolves once the change that `make` makes is reported. */
  const reports = (make: () => void) =>
    new Promise<void>((resolve) => {
      reported = resolve;
      make();
    });

  const startAgent = () => {
    mkdirSync(dirname(socket), { recursive: true });
    writeFileSync(socket, '');
  };

  it('reports an agent that comes and goes, and its folders too', async () => {
    start();
    await reports(startAgent);
    await reports(() => rmSync(socket));
    await reports(() => writeFileSync(socket, ''));
    await reports(() => rmSync(join(top, 'sockscope'), { recursive: true }));
    await reports(startAgent);
    await reports(() => rmSync(socket));
  });

  it('reports nothing else', async (t) => {
    startAgent();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let reports = 0;
    reported = () => reports++;
    start();
    const others = watch(dirname(socket));
    const seen = async (make: () => void) => {
      const event = once(others, 'change');
      make();
      await event;
      t.mock.timers.tick(1000);
      return reports;
    };
    try {
      assert.equal(await seen(() => writeFileSync(join(dirname(socket), 'lock'), '')), 0);
      assert.equal(await seen(() => rmSync(socket)), 1);
    } finally {
      others.close();
    }
  });

  it('is one watch, of the innermost folder that exists', async () => {
    const before = watches();
    start();
    assert.equal(watches() - before, 1);
    await reports(startAgent);
    assert.equal(watches() - before, 1);
    folder?.dispose();
    assert.equal(watches(), before);
    start();
    assert.equal(watches() - before, 1);
    await reports(() => rmSync(join(top, 'sockscope'), { recursive: true }));
    assert.equal(watches() - before, 1);
  });
});
