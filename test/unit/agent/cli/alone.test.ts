/** The command line where parts of the product are missing, or on another system: an empty folder has but what is named. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

/** Its bundles: of the agent it has none. */
const commandLine = ['sockscope.js', 'list.js', 'verbs.js', 'connect.js'];

/** A user without an agent, whoever runs the tests. */
const unserved = '64997';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sockscope-alone-'));
  for (const file of commandLine) copyFileSync(resolve('dist', file), join(folder, file));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(
  program: string,
  words: readonly string[],
  nodeOptions: readonly string[] = [],
  SUDO_UID = unserved,
) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeOptions, join(folder, program), ...words],
    { encoding: 'utf8', env: { PATH: process.env.PATH, SUDO_UID }, timeout: 20_000 },
  );
  return { code: status, stdout, stderr };
}

function addAgent(): void {
  for (const file of ['agent.js', 'list-agent.js']) copyFileSync(resolve('dist', file), join(folder, file));
}

/** Neither a stack nor the code around an error. */
function assertNoStack(text: string): void {
  assert.doesNotMatch(text, /^\s+at |Require stack|node:internal/m);
}

const verbs = [
  'list',
  'inspect',
  'destroy',
  'drill',
  'outage',
  'why',
  'free',
  'wait',
  'next-port',
  'preflight',
  'log',
  'doctor',
  'agent',
  'completion',
  'man',
];

function assertHelps(nodeOptions: readonly string[] = []): void {
  const version = run('sockscope.js', ['--version'], nodeOptions);
  assert.deepEqual([version.code, version.stderr], [0, '']);
  assert.match(version.stdout, /^sockscope \d+\.\d+\.\d+\n$/);
  for (const words of [['--help'], ['-h'], ['help'], []])
    assert.deepEqual(verbsOf(assertPrints(words, nodeOptions)), verbs, words.join(' '));
  for (const verb of verbs)
    for (const words of [
      [verb, '--help'],
      [verb, '-h'],
      ['help', verb],
    ])
      assert.deepEqual(verbsOf(assertPrints(words, nodeOptions)), [verb], words.join(' '));
}

function assertPrints(words: string[], nodeOptions: readonly string[]): string {
  const { code, stdout, stderr } = run('sockscope.js', words, nodeOptions);
  assert.deepEqual([code, stderr], [0, ''], words.join(' '));
  return stdout;
}

/** The verbs whose usage a help has. */
function verbsOf(text: string): string[] {
  assert.match(text, /^Usage:\n {2}sockscope /);
  return [...new Set([...text.matchAll(/^ {2}sockscope ([\w-]+)/gm)].map(([, verb = '']) => verb))];
}

describe('the command line alone', () => {
  it('says its version and its help', () => assertHelps());

  const mistakes: readonly (readonly [words: string, message: RegExp])[] = [
    ['lst', /the nearest is list/],
    ['list --jsn', /the nearest is --json/],
    ['list prot:tcp', /proto/],
    ['inspect', /./],
    ['destroy', /./],
    ['destroy node --yes', /./],
    ['destroy :3000 --engine kill --yes', /--engine "kill"/],
    ['destroy :3000 --include-lifeline --yes', /cookie/],
    ['destroy --next :3000 --wait soon --yes', /"soon"/],
    ['drill :3000 --times 0 --yes', /--times/],
    ['drill :3000 --fault slow --yes', /--fault "slow"/],
    ['outage :3000 --yes', /--for/],
    ['outage stop first', /sockscope\S* outage list/],
    ['why http', /not a port/],
    ['free 70000 --yes', /not a port/],
    ['free 3000 --udp --take-over --yes', /--udp/],
    ['wait 3000', /--listening/],
    ['next-port', /such as 3000/],
    ['preflight nowhere', /"nowhere" is no folder/],
    ['completion', /bash, zsh, fish/],
    ['completion zhs', /nearest is zsh/],
    ['man page', /takes nothing/],
    ['doctor --jsn', /--json/],
    ['outage list more', /outage list takes --json only, not "more"/],
    ['agent strat', /the nearest is serve/],
    ['agent serve --scope al', /the nearest is all/],
    ['agent serve --idle-exit soon', /"soon"/],
    ['agent status --jsn', /--json/],
    ['agent stop --now', /--now is not known: there are no options here/],
  ];
  for (const [words, message] of mistakes)
    it(`names the mistake in "${words}"`, () => {
      const { code, stdout, stderr } = run('sockscope.js', words.split(' '));
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    });

  it('says its version and its help from one file', () => {
    for (const file of commandLine.slice(1)) rmSync(join(folder, file));
    assertHelps();
  });

  it('helps with agent help as with help agent', () => {
    const [one, other] = [run('sockscope.js', ['agent', 'help']), run('sockscope.js', ['help', 'agent'])];
    assert.deepEqual([one.code, one.stdout], [0, other.stdout]);
  });

  it('says what is wrong with a SUDO_UID that is a name', () => {
    for (const words of [['list'], ['agent', 'status'], ['destroy', ':9', '--yes']]) {
      const { code, stdout, stderr } = run('sockscope.js', words, [], 'alice');
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^sockscope: SUDO_UID="alice" in the environment is not a uid: [^\n]+\n$/);
    }
  });

  it('loads the agent program once, and not after a mistake', () => {
    const loads = join(folder, 'loads');
    const program = `require('node:fs').appendFileSync(${JSON.stringify(loads)}, process.argv[2] + '\\n')`;
    writeFileSync(join(folder, 'list-agent.js'), program);
    assert.equal(run('sockscope.js', ['list', 'prot:tcp']).code, 2);
    assert.equal(existsSync(loads), false);
    assert.equal(run('sockscope.js', ['list']).code, 1);
    assert.equal(readFileSync(loads, 'utf8'), 'list\n');
  });

  it('says that the agent program is missing, and what to do', () => {
    const { code, stderr } = run('sockscope.js', ['list']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^sockscope: The agent program is missing: \S+list-agent\.js\. Install Sockscope again, .+\n$/,
    );
  });
});

describe('the agent program without its addon', () => {
  beforeEach(addAgent);

  for (const mode of ['serve', 'observe', 'direct'])
    it(`says as ${mode} what is missing, and what to do`, () => {
      const { code, stdout, stderr } = run('agent.js', [mode]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^The native part of Sockscope is missing: \S+sockscope\.node\. Install Sockscope again, .+\n$/,
      );
    });

  it('is said by the command line as well', () => {
    const { code, stderr } = run('sockscope.js', ['list']);
    assert.equal(code, 1);
    assert.match(stderr, /^sockscope: The native part of Sockscope is missing: /);
    assertNoStack(stderr);
  });

  it('says what is wrong with one that cannot be loaded', () => {
    writeFileSync(join(folder, 'sockscope.node'), 'of another machine');
    const { code, stderr } = run('agent.js', ['observe']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^The native part of Sockscope cannot be loaded on this linux \w+ machine: .+build it here.+\n$/,
    );
    assertNoStack(stderr);
  });

  it('names a mistake in its arguments first', () => {
    const { code, stderr } = run('agent.js', ['serve', '--scope', 'al']);
    assert.deepEqual([code, stderr], [2, '--scope "al" is not known: the nearest is all\n']);
  });
});

for (const platform of ['darwin', 'win32'])
  describe(`the command line on ${platform}`, () => {
    let nodeOptions: string[];
    beforeEach(() => {
      const fake = join(folder, 'platform.cjs');
      writeFileSync(fake, `Object.defineProperty(process, 'platform', { value: '${platform}' });\n`);
      nodeOptions = ['--require', fake];
    });

    it('says its version and its help', () => assertHelps(nodeOptions));

    it('names an unknown verb', () => {
      assert.equal(run('sockscope.js', ['lst'], nodeOptions).code, 2);
    });

    for (const verb of verbs)
      it(`says of ${verb} where it works`, () => {
        const { code, stdout, stderr } = run('sockscope.js', [verb], nodeOptions);
        assert.deepEqual([code, stdout], [3, '']);
        assert.match(
          stderr,
          /^sockscope: Sockscope works on Linux: run it there, .*Remote-SSH, .*WSL .*container\n$/,
        );
      });
  });
