/** Every command of README.md and .github/docs, typed into a terminal as it stands there; `4242` is the pid of a real program. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type Answer,
  commandsOf,
  ctrlC,
  documentedScenario,
  shellBlocks,
  type,
  yes,
} from '../helpers/documented';
import { end, run, start } from '../helpers/programs';
import { ReconnectingClient } from '../helpers/reconnecting';
import { Stage, withoutRoot } from '../helpers/stage';
import { copyVite } from '../helpers/vite';

interface Expected {
  readonly output: RegExp;
  readonly code?: number;
  readonly answers?: readonly Answer[];
}

const echo = `require('node:net').createServer((c) => c.on('error', () => {}).pipe(c))`;

/** Those of root, with the file that runs them: they change the machine. */
const ofRoot = {
  'sudo sockscope agent serve': 'lifecycle',
  'sudo sockscope agent restart': 'version-skew',
  'sudo sockscope agent install': 'install-life',
};

describe('the documentation', { skip: withoutRoot }, () => {
  let stage: Stage;
  let program: ReconnectingClient;
  let project: string;

  async function listen(port: number): Promise<ChildProcess> {
    const source = `${echo}.listen(${port}, () => console.log('ready'))`;
    const server = start([process.execPath, '-e', source], stage, { stdio: ['ignore', 'pipe', 'inherit'] });
    stage.onClose(() => end(server));
    assert.ok(server.stdout);
    await once(server.stdout, 'data');
    return server;
  }

  before(async () => {
    stage = new Stage();
    await stage.agent();
    await listen(3000);
    await listen(5432);
    await listen(6379);
    program = await connectToPostgres();
    await connectToRedis();
    project = join(stage.folder, 'project');
    mkdirSync(project);
    chownSync(project, stage.user.uid, stage.user.gid);
    writeFileSync(join(project, '.env'), 'PORT=3100\n');
    writeFileSync(join(project, 'index.html'), 'hello');
    writeFileSync(join(project, 'scenario.yml'), documentedScenario());
  });
  after(() => stage?.close());

  const connectToPostgres = () => ReconnectingClient.start(stage, ['127.0.0.1', 5432], [50, 50]);
  const sendToPostgres = () => {
    const source = `const s = require('net').connect(5432, '127.0.0.1', () => s.end('ping')); s.resume()`;
    return run([process.execPath, '-e', source], { user: stage.user, netns: stage.netns });
  };
  const connectToRedis = () => ReconnectingClient.start(stage, ['127.0.0.1', 6379], [50, 50]);

  const expectations: Readonly<Record<string, Expected>> = {
    'sockscope list :3000': { output: /:3000 .*node/ },
    'sockscope list process:node': { output: /:3000 .*node/ },
    'sockscope list --watch --json process:node': {
      output: /"port":3005/,
      answers: [
        [/Watching/, () => listen(3005)],
        [/"port":3005/, ctrlC],
      ],
    },
    'sockscope inspect :5432 state:established': { output: /round trip/i },
    'sockscope liveness process:node': { output: /node\/\d+ .* never/ },
    'sockscope leaks process:node': { output: /No leak among \d+ TCP connection/ },
    'sockscope leaks pid:4242 --watch 30s --at-most 10': { output: /No leak among/ },
    'sockscope history --watch': {
      output: /opened .* -> 127\.0\.0\.1:5432/,
      answers: [
        [/Watching TCP/, connectToPostgres],
        [/:5432/, ctrlC],
      ],
    },
    'sockscope history addr:3000 --since 10m': { output: /No history is kept/, code: 1 },
    'sockscope tune pid:4242 remote:5432 --keepalive 30s/10s/3 --user-timeout 20s': {
      output: /tuned .*idle never -> about 40 s/,
      answers: [yes],
    },
    'sockscope tune pid:4242 remote:5432 --restore': { output: /restored .* -> never/ },
    'sockscope why 3000': { output: /node/ },
    'sockscope why 127.0.0.1:3000': { output: /node/ },
    'sockscope wait 3000 --listening --timeout 60s': { output: /3000/ },
    'sockscope next-port 3000 --for .': { output: /^30\d\d\s*$/ },
    'sockscope preflight': { output: /3100/ },
    'sockscope destroy pid:4242 remote:5432': { output: /destroyed/, answers: [yes] },
    'sockscope destroy --end peer pid:4242 remote:5432': { output: /destroyed/, answers: [yes] },
    'sockscope destroy --next remote:6379 --at established': {
      output: /destroyed/,
      answers: [yes, [/Waiting/, connectToRedis]],
    },
    'sockscope drill pid:4242 --fault refused --down 5s': { output: /recovered/, answers: [yes] },
    'sockscope drill remote:6379 --expect-within 2s': { output: /recovered/, answers: [yes] },
    'sockscope outage remote:5432 --for 30s --fault blackhole': {
      output: /Outage \d+ has ended/,
      answers: [yes, [/until/, ctrlC]],
    },
    'sockscope run scenario.yml': {
      output: /loop 2, step 3 {2}passed/,
      answers: [yes, yes, yes, yes],
    },
    'sockscope degrade remote:5432 --loss 5% --for 30s': {
      output: /both +[1-9]\d* /,
      answers: [yes, [/until/, connectToPostgres], [/ends it/, ctrlC]],
    },
    'sockscope capture remote:5432 --for 30s -w db.pcapng': {
      output: /db\.pcapng: [1-9]\d* packets/,
      answers: [
        [/until/, connectToPostgres],
        [/ends it/, ctrlC],
      ],
    },
    'sockscope degrade remote:5432 --rate 100kB/s --for 30s': {
      output: /out +[1-9]\d* .*100 kB\/s/,
      answers: [yes, [/until/, sendToPostgres], [/ends it/, ctrlC]],
    },
    'sockscope log --since 7d': { output: /destroyed/ },
    'sockscope doctor': { output: /bpf/ },
    'sockscope free 3000': { output: /free/, answers: [yes] },
  };

  it('has these commands, and no others', () => {
    assert.deepEqual(commandsOf('sockscope').sort(), Object.keys(expectations).sort());
    assert.deepEqual(Object.keys(ofRoot), commandsOf('sudo'));
    for (const file of Object.values(ofRoot)) assert.ok(existsSync(join('test', 'agent', `${file}.test.ts`)));
  });

  async function assertAsExpected(command: string): Promise<void> {
    const { output: pattern, code = 0, answers } = expectations[command] ?? assert.fail(command);
    const typed = command.replace('4242', String(program.pid));
    const result = await type(stage, typed, answers, project);
    assert.match(result.output, pattern);
    assert.equal(result.code, code, result.output);
  }

  const commands = Object.keys(expectations);
  const waits = (command: string) => /^sockscope (drill|leaks .*--watch)/.test(command);
  // They wait, for most of their time.
  describe('that wait', { concurrency: true }, () => {
    for (const command of commands.filter(waits)) it(command, () => assertAsExpected(command));
  });
  for (const command of commands.filter((each) => !waits(each))) it(command, () => assertAsExpected(command));

  it('the script that starts a dev server', async () => {
    const vite = `#!/bin/sh\nexec ${process.execPath} ${copyVite(stage.folder)} "$@"\n`;
    writeFileSync(join(stage.folder, 'vite'), vite, { mode: 0o755 });
    const script = shellBlocks().find((block) => block.includes('vite '));
    assert.ok(script);
    const { code, output } = await type(stage, script, [], project);
    assert.match(output, /listens on .*:3\d\d\d/);
    assert.equal(code, 0, output);
  });
});
