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

const examples = [
  { file: 'ioredis.test.mjs', server: redis, environment: (port: number) => ({ REDIS_PORT: `${port}` }) },
  {
    file: 'pg.test.mjs',
    server: postgres,
    environment: (port: number) => ({ PGPORT: `${port}`, PGUSER: 'me' }),
  },
] as const;

describe('the examples', { skip: withoutRoot }, () => {
  let stage: Stage;
  let folder: string;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    folder = installPackage(stage);
    copyPackages(folder, ['ioredis', 'pg']);
    cpSync(resolve('test', 'examples'), folder, { recursive: true });
  });
  after(() => stage?.close());

  for (const [index, { file, server, environment }] of examples.entries())
    it(file, { skip: server.path ? false : 'its server is not installed' }, async () => {
      const port = 22_000 + index;
      await serve(stage, server, { port, shared: folder, netns: stage.netns });
      const { code, stdout, stderr } = await run(
        [process.execPath, '--test', '--test-reporter=tap', join(folder, file)],
        {
          user: stage.user,
          netns: stage.netns,
          environment: environment(port),
        },
      );
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^# pass 3$/m);
    });
});
