/** The Go package: its tests, of Go's own HTTP client, run as a plain user. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { run, which } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

/** Its first build compiles the standard library, so the cache stays. */
async function buildTests(to: string): Promise<void> {
  const folder = resolve('build', 'go');
  mkdirSync(folder, { recursive: true });
  const built = join(folder, 'sockscope.test');
  const environment = { ...process.env, CGO_ENABLED: '0', GOCACHE: join(folder, 'cache'), GOPATH: folder };
  const options = { env: environment, cwd: resolve('agent', 'client', 'helpers', 'go') };
  await promisify(execFile)('go', ['test', '-c', '-o', built], options);
  copyFileSync(built, to);
}

describe('the Go package', { skip: withoutRoot || (!which('go') && 'Go is not installed') }, () => {
  let stage: Stage;
  let program: string;
  before(async () => {
    stage = new Stage();
    program = join(stage.folder, 'sockscope.test');
    await buildTests(program);
  });
  after(() => stage?.close());

  const test = () => run([program, '-test.v'], { user: stage.user, netns: stage.netns });

  it('says what is missing without an agent, and passes its tests with one', async () => {
    const alone = await test();
    assert.match(alone.stdout, /no agent runs: start it with sudo sockscope agent serve/);
    await stage.agent();
    const { code, stdout, stderr } = await test();
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stdout.match(/^--- PASS/gm)?.length, 3, stdout);
  });
});
