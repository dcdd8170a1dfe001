/** What root's shell has open is not open in what goes on under another uid. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { children } from '../helpers/children';
import { end, start, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

/** Becomes a command that has a file open as one of the first descriptors, on which Node.js sets close-on-exec, and as a later one. */
const opens = `
import os, sys
for fd in (7, 90):
    os.dup2(os.open(sys.argv[1], os.O_RDONLY), fd)
os.execvp(sys.argv[2], sys.argv[2:])
`;

function filesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
}

function isUnprivileged(pid: number): boolean {
  return /^Uid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('descriptors of the shell that starts it', { skip: withoutRoot }, () => {
  let stage: Stage;
  let secret: string;
  before(() => {
    stage = new Stage();
    secret = join(stage.folder, 'secret');
    writeFileSync(secret, '', { mode: 0o600 });
    writeFileSync(join(stage.folder, 'podman'), '#!/bin/sh\nexec sleep 10\n', { mode: 0o755 });
  });
  after(() => stage?.close());

  /** With the secret open twice, and a socket whose other end, here, is at its end once that is closed. */
  function startNode(words: readonly string[]): { child: ChildProcess; isSocketClosed: () => boolean } {
    const environment = { SUDO_UID: String(stage.user.uid), PATH: `${stage.folder}:${process.env.PATH}` };
    const through = [python, '-c', opens, secret];
    const child = start(
      [process.execPath, ...words],
      { netns: stage.netns, through, environment },
      { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] },
    );
    const other = child.stdio[3] as Readable;
    return { child, isSocketClosed: () => other.resume().readableEnded };
  }

  it('are open in a program of Node.js that does nothing about them', async () => {
    const { child, isSocketClosed } = startNode(['-e', 'process.stdin.resume(); console.log()']);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    assert.ok(child.pid);
    const opened = filesOf(child.pid).filter((file) => file === secret);
    assert.deepEqual([opened.length, isSocketClosed()], [2, false]);
    await end(child);
  });

  for (const [what, words] of [
    ["a user's agent", ['agent.js', 'serve']],
    ["root's own agent", ['agent.js', 'direct']],
    // It waits for podman, which it may not start any more.
    ['a list of root', ['sockscope.js', 'list', 'container:web']],
  ] as const)
    it(`are closed in ${what}, and in what it starts`, async () => {
      const { child, isSocketClosed } = startNode([join(stage.folder, words[0]), ...words.slice(1)]);
      const pid = child.pid ?? 0;
      try {
        await until('it has given root up', () => isUnprivileged(pid));
        await until('the socket is closed', isSocketClosed);
        const started = children(pid);
        assert.ok(started.length > 0);
        for (const one of [pid, ...started]) assert.ok(!filesOf(one).includes(secret), `${one}`);
      } finally {
        await end(child);
      }
    });
});
