/** `sockscope capture` as its user sees it: what is printed, and what is in the file. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readPackets, streamOf } from '../helpers/captures';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { start, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

describe('sockscope capture', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let program: Puppet;
  let pair: Pair;
  let file: string;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    server = await stage.puppet();
    program = await stage.puppet();
    ({
      pairs: { one: pair },
    } = await connectAll(server, program, ipv4, 'l', ['one']));
    file = join(stage.user.home, 'one.pcapng');
  });
  after(() => stage?.close());

  const words = (more: readonly string[]) => ['capture', `cookie:${pair.client.cookie}`, ...more];

  /** Sends once it runs, and interrupts it once the packet must be in the file. */
  async function captureWhile(
    more: readonly string[],
  ): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
    const command = [process.execPath, join(stage.folder, 'sockscope.js'), ...words(more)];
    const child = start(command, { user: stage.user, netns: stage.netns }, { stdio: 'pipe' });
    const parts: Buffer[] = [];
    let stderr = '';
    child.stdout?.on('data', (part: Buffer) => parts.push(part));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const printed = () => `${Buffer.concat(parts).toString('latin1')}${stderr}`;
    await until('it runs', () => printed().includes('Ctrl-C ends it') || child.exitCode !== null);
    await program.send('one', 'hello');
    assert.equal((await server.receive('one')).text, 'hello');
    child.kill('SIGINT');
    return { code: await closed, stdout: Buffer.concat(parts), stderr };
  }

  it('writes a file of its user, and says what is in it', async () => {
    const { code, stdout, stderr } = await captureWhile(['--for', '10m', '-w', file]);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout.toString(),
      /^Capturing 1 connection of \S+ \(pid \d+\) until .*\n.*one\.pcapng: \d+ packets \(\d+ in, \d+ out\), \S+ \w+\n$/,
    );
    assert.equal(streamOf(await readPackets(file), 'out'), 'hello');
    const { uid, mode } = statSync(file);
    assert.deepEqual([uid, mode & 0o777], [stage.user.uid, 0o600]);
  });

  it('writes to standard output, and the rest to standard error', async () => {
    const { code, stdout, stderr } = await captureWhile(['--for', '10m', '-w', '-']);
    assert.equal(code, 0, stderr);
    const copy = join(stage.folder, 'copy.pcapng');
    writeFileSync(copy, stdout);
    assert.equal(streamOf(await readPackets(copy), 'out'), 'hello');
    assert.match(stderr, /^Capturing .*\n\d+ packets /);
  });

  it('replaces a file only with --force, and only with packets', async () => {
    writeFileSync(file, 'old');
    const refused = await stage.sockscope(words(['--for', '1s', '-w', file]));
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /one\.pcapng" is there already: name another file, or add --force/);
    const idle = await stage.sockscope(words(['--for', '500ms', '-w', file, '--force']));
    assert.equal(idle.code, 1);
    assert.match(idle.stderr, /No packet came or went in .*: let the program send something/);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    rmSync(file);
    await stage.sockscope(words(['--for', '500ms', '-w', file]));
    assert.ok(!existsSync(file));
  });

  it('prints JSON', async () => {
    const json = stage.sockscope(words(['--for', '10m', '--packets', '1', '-w', file, '--json']));
    await until('it has a packet', async () => {
      await program.send('one', 'x');
      await server.receive('one');
      return existsSync(file);
    });
    const { code, json: printed } = await json;
    assert.equal(code, 0);
    const { schema, bytes, in: received, out, ...rest } = printed;
    assert.deepEqual(rest, {
      packets: 1,
      cut: 0,
      lost: 0,
      connections: 1,
      opened: 0,
      endedBy: 'packets',
      file,
    });
    assert.equal(received + out, 1);
    assert.deepEqual([schema, bytes], [1, statSync(file).size]);
  });

  it('says what is wrong', async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [words(['--for', '1s', '-w', '/nowhere/file']), 2, /"\/nowhere\/file" cannot be written \(ENOENT\)/],
      [words(['--for', '1s', '-w', '/etc']), 2, /"\/etc" cannot be written \(EISDIR\)/],
      [['capture', 'cookie:1', '--for', '1s', '-w', '-'], 4, /cookie:1: Nothing matches now/],
      [['capture', 'remote:9', '--for', '300ms', '-w', '-'], 1, /Nothing connected in /],
    ];
    for (const [asked, code, message] of cases) {
      const finished = await stage.sockscope(asked);
      assert.equal(finished.code, code, finished.stderr);
      assert.match(finished.stderr, message);
    }
  });
});
