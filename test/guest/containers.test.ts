/** Ports of docker's containers: stopped by docker, or named with what stops them. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { type RunOptions, run, until, which } from '../helpers/programs';

const image = 'sockscope-case';
const container = 'case';

describe('ports of containers', { skip: which('docker') ? false : 'docker is not installed' }, () => {
  let user: PlainUser;
  let folder: string;
  let port = 7700;
  before(async () => {
    user = createPlainUser();
    folder = mkdtempSync(join(tmpdir(), 'sockscope-image-'));
    mkdirSync(join(folder, 'root', 'bin'), { recursive: true });
    const busybox = join(folder, 'root', 'bin', 'busybox');
    await succeeds('cp', which('busybox') ?? '', busybox);
    await succeeds(
      'tar',
      '--create',
      `--directory=${join(folder, 'root')}`,
      `--file=${folder}/image.tar`,
      '.',
    );
    await until('docker answers', async () => (await run(['docker', 'info'])).code === 0);
    await succeeds('docker', 'import', join(folder, 'image.tar'), image);
  });
  beforeEach(() => {
    port++;
  });
  afterEach(() => run(['docker', 'rm', '--force', container]));
  after(async () => {
    await run(['docker', 'rmi', image]);
    rmSync(folder, { recursive: true, force: true });
    await user?.remove();
  });

  async function succeeds(...command: string[]): Promise<void> {
    const { code, stdout, stderr } = await run(command);
    assert.equal(code, 0, `${command.join(' ')}: ${stdout}${stderr}`);
  }

  const listens = async () => (await run(['ss', '-Hltn', `sport = :${port}`])).stdout !== '';

  /** A server in a container, at this place of its network. */
  async function serve(place: string, ...options: string[]): Promise<void> {
    const server = ['/bin/busybox', 'httpd', '-f', '-p', place];
    await succeeds('docker', 'run', '--detach', `--name=${container}`, ...options, image, ...server);
    await until('it listens', listens);
  }

  const published = (...options: string[]) => serve('80', `--publish=127.0.0.1:${port}:80`, ...options);

  async function sockscope(as: RunOptions, verb: string, ...words: string[]) {
    const program = [process.execPath, resolve('dist/sockscope.js'), verb, String(port)];
    const { code, stdout, stderr } = await run([...program, ...words, '--json'], as);
    assert.notEqual(stdout, '', stderr);
    return { code, json: JSON.parse(stdout) };
  }

  async function assertFreed(): Promise<void> {
    const { json: why } = await sockscope({}, 'why');
    assert.deepEqual(
      [why.holders[0].respawn?.kind, why.holders[0].respawn?.name],
      ['container', container],
      JSON.stringify(why.holders),
    );
    const { code, json } = await sockscope({}, 'free', '--yes');
    assert.deepEqual([code, json.freed, json.steps[0].outcome], [0, true, 'stopped'], JSON.stringify(json));
    const { stdout } = await run(['docker', 'inspect', '--format={{.State.Running}}', container]);
    assert.equal(stdout.trim(), 'false');
    assert.equal(await listens(), false);
  }

  it('a published one is stopped', async () => {
    await published();
    await assertFreed();
  });

  it('a published one that docker would start again is stopped', async () => {
    await published('--restart=always');
    await assertFreed();
  });

  it("one in the machine's own network that docker would start again is stopped", async () => {
    await serve(`127.0.0.1:${port}`, '--network=host', '--restart=always');
    await assertFreed();
  });

  it('a user who may not ask docker leaves it alone, and reads who may', async () => {
    await published();
    const { code, json } = await sockscope({ user }, 'free', '--yes');
    assert.notEqual(code, 0);
    assert.match(json.next[0].command, /^sudo .* agent serve --scope all$/);
    assert.equal(await listens(), true);
  });
});
