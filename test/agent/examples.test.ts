/** The examples for test suites, run as a plain user with the package installed beside them. */

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serve } from '../helpers/clients/client';
import { installPackage } from '../helpers/consumer';
import { copyPackages } from '../helpers/packages';
import { run } from '../helpers/programs';
import { postgres, redis } from '../helpers/servers';
import { Stage, withoutRoot } from '../helpers/stage';

const ofRedis = (port: number) => ({ REDIS_PORT: `${port}` });
const ofNode = (folder: string, file: string) => ['--test', '--test-reporter=tap', join(folder, file)];
const ofVitest = (folder: string, file: string) => [
  join(folder, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--root',
  folder,
  '--pool=forks',
  '--test-timeout=120000',
  '--reporter=tap-flat',
  file,
];

const examples = [
  { file: 'ioredis.test.mjs', server: redis, runner: ofNode, passed: /^# pass 3$/m, environment: ofRedis },
  {
    file: 'pg.test.mjs',
    server: postgres,
    runner: ofNode,
    passed: /^# pass 3$/m,
    environment: (port: number) => ({ PGPORT: `${port}`, PGUSER: 'me' }),
  },
  { file: 'vitest.test.mjs', server: redis, runner: ofVitest, passed: /^1\.\.4$/m, environment: ofRedis },
  { file: 'jest.test.mjs', server: redis, runner: ofNode, passed: /^# pass 5$/m, environment: ofRedis },
] as const;

describe('the examples', { skip: withoutRoot }, () => {
  let stage: Stage;
  let folder: string;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    folder = installPackage(stage);
    copyPackages(folder, ['expect', 'ioredis', 'pg', 'vitest']);
    cpSync(resolve('test', 'examples'), folder, { recursive: true });
  });
  after(() => stage?.close());

  it('the matchers have types', async () => {
    const options = [
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom',
      '--noEmit',
      '--strict',
    ];
    const types = ['--skipLibCheck', '--types', 'node', '--typeRoots', resolve('node_modules', '@types')];
    const tsc = resolve('node_modules', '.bin', 'tsc');
    const file = join(folder, 'helpers.mts');
    const { code, stdout } = await run([tsc, ...options, ...types, '--ignoreConfig', file]);
    assert.deepEqual([code, stdout], [0, '']);
  });

  for (const [index, { file, server, runner, passed, environment }] of examples.entries())
    it(file, { skip: server.path ? false : 'its server is not installed' }, async () => {
      const port = 22_000 + index;
      await serve(stage, server, { port, shared: folder, netns: stage.netns });
      const { code, stdout, stderr } = await run([process.execPath, ...runner(folder, file)], {
        user: stage.user,
        netns: stage.netns,
        environment: environment(port),
      });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, passed);
    });
});
