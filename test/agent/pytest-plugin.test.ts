/** The pytest plugin, run by pytest as a plain user, with a client of Redis. */

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serve } from '../helpers/clients/client';
import { run } from '../helpers/programs';
import { redis } from '../helpers/servers';
import { python, Stage, withoutRoot } from '../helpers/stage';

/** Debian's Python, or the wrapper that the suite has unpacked; undefined without pytest and redis-py. */
async function pythonWithPytest(): Promise<string | undefined> {
  for (const interpreter of [python, 'python-with-pytest'])
    if ((await run([interpreter, '-c', 'import pytest, redis']).catch(() => null))?.code === 0)
      return interpreter;
  return undefined;
}

describe('pytest-sockscope', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
    for (const folder of ['agent/client/helpers/pytest/src', 'test/examples'])
      cpSync(resolve(folder), stage.folder, { recursive: true });
  });
  after(() => stage?.close());

  const test = (interpreter: string, port: number) =>
    run(
      [
        interpreter,
        '-m',
        'pytest',
        '-p',
        'pytest_sockscope.plugin',
        '-p',
        'no:cacheprovider',
        '-v',
        join(stage.folder, 'test_redis.py'),
      ],
      {
        user: stage.user,
        netns: stage.netns,
        environment: { REDIS_PORT: String(port), PYTHONPATH: stage.folder, PYTHONDONTWRITEBYTECODE: '1' },
      },
    );

  it('says what is missing without an agent, and passes its example with one', async (t) => {
    const interpreter = await pythonWithPytest();
    if (interpreter === undefined || redis.path === undefined)
      return t.skip('pytest, redis-py or Redis is not installed');
    const port = 22_100;
    await serve(stage, redis, { port, shared: stage.folder, netns: stage.netns });
    const alone = await test(interpreter, port);
    assert.match(alone.stdout, /NoAgentError: No agent serves uid \d+: start it with sudo sockscope/);
    await stage.agent();
    const { code, stdout, stderr } = await test(interpreter, port);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /7 passed/);
  });
});
