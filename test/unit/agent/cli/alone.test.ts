/** The command line where parts of the product are missing, or on another system: an empty folder has but what is named. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { transformSync } from 'esbuild';

/** Its bundles: of the agent it has none. */
const commandLine = ['sockscope.js', 'list.js', 'verbs.js', 'run.js', 'connect.js'];

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
  for (const file of ['agent.js', 'agent-server.js', 'list-agent.js'])
    copyFileSync(resolve('dist', file), join(folder, file));
}

/** Neither a stack nor the code around an error. */
function assertNoStack(text: string): void {
  assert.doesNotMatch(text, /^\s+at |Require stack|node:internal/m);
}

const verbs = [
  'list',
  'inspect',
  'liveness',
  'leaks',
  'history',
  'destroy',
  'drill',
  'outage',
  'degrade',
  'run',
  'capture',
  'tune',
  'why',
  'free',
  'wait',
  'next-port',
  'preflight',
  'mcp',
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
    ['liveness :3000 --expect-within soon', /"soon"/],
    ['leaks :3000 --watch soon', /"soon"/],
    ['leaks --silent 1ms', /--silent is 1s to 7d/],
    ['leaks --at-most none', /--at-most .*"none"/],
    ['history --since soon', /"soon"/],
    ['history state:listen', /"state:" is not known of connections of the past/],
    ['destroy', /./],
    ['tune :3000 --yes', /Say what to set/],
    ['tune --keepalive off --yes', /./],
    ['tune :3000 --keepalive 30s/10s --yes', /"30s\/10s"/],
    ['tune :3000 --keepalive 500ms/10s/3 --yes', /whole seconds/],
    ['tune :3000 --keepalive 30s/10s/128 --yes', /127 probes/],
    ['tune :3000 --user-timeout soon --yes', /"soon"/],
    ['tune :3000 --restore --user-timeout 3s', /--restore/],
    ['destroy node --yes', /./],
    ['destroy :3000 --engine kill --yes', /--engine "kill"/],
    ['destroy :3000 --include-lifeline --yes', /cookie/],
    ['destroy --next :3000 --wait soon --yes', /"soon"/],
    ['drill :3000 --times 0 --yes', /--times/],
    ['drill :3000 --fault slow --yes', /--fault "slow"/],
    ['outage :3000 --yes', /--for/],
    ['degrade :3000 --for 1s --yes', /--loss 5%, --rate 100kB\/s or --half-open/],
    ['degrade :3000 --half-open --loss 5% --for 1s --yes', /one of them/],
    ['degrade :3000 --rate 1MB/s --loss 5% --for 1s --yes', /one of them/],
    ['degrade :3000 --half-open --seed 5 --for 1s --yes', /--seed goes with --loss/],
    ['degrade :3000 --rate 1MB/s --seed 5 --for 1s --yes', /--seed goes with --loss/],
    ['degrade :3000 --rate 1Mbit/s --for 1s --yes', /--rate "1Mbit\/s" is not a rate in bytes/],
    ['degrade :3000 --rate 19kB/s --for 1s --yes', /from 20 kB\/s to 1 GB\/s/],
    ['degrade :3000 --rate 1.1GB/s --for 1s --yes', /from 20 kB\/s to 1 GB\/s/],
    ['degrade :3000 --loss 5% --yes', /--for/],
    ['degrade :3000 --loss 5 --for 1s --yes', /--loss "5"/],
    ['degrade :3000 --loss 0% --for 1s --yes', /more than 0%/],
    ['degrade :3000 --loss 100.1% --for 1s --yes', /up to 100%/],
    ['degrade :3000 --loss 5% --seed 4294967296 --for 1s --yes', /--seed/],
    ['degrade :3000 --loss 5% --direction up --for 1s --yes', /--direction "up"/],
    ['degrade :3000 --latency 200ms --for 1s --yes', /--latency is not known/],
    ['capture :3000 -w x.pcapng', /--for/],
    ['capture :3000 --for 2h -w x.pcapng', /--for is 1ms to 1h/],
    ['capture :3000 --for 1s', /-w capture\.pcapng/],
    ['capture :3000 --for 1s -w', /--write needs a value/],
    ['capture :3000 --for 1s -w - --json', /--json needs standard output/],
    ['capture :3000 --for 1s -w /dev/null --snap 131073', /--snap is a number from 1 to 131072/],
    ['capture :3000 --for 1s -w /dev/null --packets 0', /--packets is a number from 1/],
    ['capture :3000 --for 1s -w /dev/null --size 100', /--size "100" is not a size/],
    ['capture --for 1s -w /dev/null', /filter/i],
    ['run', /Which scenario/],
    ['run scenario.yml --yes', /"scenario.yml" cannot be read \(ENOENT\)/],
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
    ['agent start', /the nearest is serve/],
    ['kill :3000', /the nearest is free;/],
    ['start', /the nearest is agent serve;/],
    ['close :3000', /the nearest is destroy;/],
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

const otherProcessor = process.arch === 'x64' ? ([183, 'arm64'] as const) : ([62, 'x64'] as const);

/** What this machine cannot load, made of what it can: the exit code of the agent program, and what it says. */
const unfitAddons: readonly (readonly [string, (addon: Buffer) => Buffer, number, RegExp])[] = [
  ['of which a part is missing', (addon) => addon.subarray(0, addon.length - 1), 10, /is damaged: /],
  ['that is something else', () => Buffer.from('of another machine'), 10, /is damaged: /],
  [
    'of another processor',
    (addon) => {
      addon.writeUInt16LE(otherProcessor[0], 18);
      return addon;
    },
    11,
    new RegExp(`is for ${otherProcessor[1]}, and this machine is ${process.arch}\\.`),
  ],
  [
    'of a newer system',
    (addon) => Buffer.from(addon.toString('latin1').replace('\0GLIBC_2.28\0', '\0GLIBC_2.98\0'), 'latin1'),
    11,
    /needs GLIBC_2\.98, and the C or C\+\+ library of this system is older\./,
  ],
];

describe('a bundle that is missing or damaged', () => {
  beforeEach(() => {
    addAgent();
    for (const file of ['list-inventory.js', 'sockscope.node'])
      copyFileSync(resolve('dist', file), join(folder, file));
  });

  const bundles = [
    ['list.js', ['list']],
    ['list-inventory.js', ['list']],
    ['verbs.js', ['doctor']],
    ['verbs.js', ['why', '9']],
    ['verbs.js', ['agent', 'status']],
  ] as const;
  for (const [bundle, words] of bundles) {
    const path = () => join(folder, bundle);
    const assertSays = (what: string) => {
      const { code, stdout, stderr } = run('sockscope.js', words);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, new RegExp(`^sockscope: A file of Sockscope is ${what}\\. Install .+\\.\\n$`));
    };

    it(`is named by ${words.join(' ')}: ${bundle}, missing`, () => {
      rmSync(path());
      assertSays(`missing: \\./${bundle}`);
    });

    it(`is named by ${words.join(' ')}: ${bundle}, cut`, () => {
      writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, -200));
      assertSays(`damaged: ${path()}`);
    });
  }
});

describe('the command line under a Node.js that is too old', () => {
  it('can be read by it', () => {
    const code = readFileSync(join(folder, 'sockscope.js'), 'utf8');
    const form = { minifyWhitespace: true, legalComments: 'none' } as const;
    assert.equal(
      transformSync(code, { ...form, target: 'node10.4' }).code,
      transformSync(code, { ...form, target: 'esnext' }).code,
    );
  });

  it('says which one it needs, as the manifest does', () => {
    const old = join(folder, 'old.cjs');
    const versions = "{ ...process.versions, node: '18.20.8' }";
    writeFileSync(old, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
    const [, oldest] = />=(\d+)/.exec(JSON.parse(readFileSync('package.json', 'utf8')).engines.node) ?? [];
    for (const words of [['--version'], ['list'], ['agent', 'serve']]) {
      const { code, stdout, stderr } = run('sockscope.js', words, ['--require', old]);
      assert.deepEqual([code, stdout], [3, '']);
      assert.match(
        stderr,
        new RegExp(
          `^sockscope: Sockscope needs Node\\.js ${oldest} or newer, .+ is 18\\.20\\.8\\. Install .+\\.\\n$`,
        ),
      );
    }
  });
});

describe('help and version', () => {
  /** By a shell, in which standard output is closed, or there is no home. */
  const runIn = (script: string) =>
    spawnSync('sh', ['-c', script, process.execPath, join(folder, 'sockscope.js')], {
      encoding: 'utf8',
      env: {},
    });

  for (const word of ['--help', '--version', 'list --help'])
    it(`${word}: without an environment, into a closed output, from a folder that is gone`, () => {
      const bare = runIn(`"$0" "$1" ${word}`);
      assert.deepEqual([bare.status, bare.stderr], [0, '']);
      assert.match(bare.stdout, /sockscope/);
      for (const redirected of ['>&-', '<&- >&- 2>&-']) {
        const { status, stderr } = runIn(`"$0" "$1" ${word} ${redirected}`);
        assert.deepEqual([status, stderr], [0, ''], redirected);
      }
      const gone = join(folder, 'gone');
      const homeless = runIn(
        `mkdir ${gone} && cd ${gone} && rmdir ${gone} && HOME=${gone} "$0" "$1" ${word}`,
      );
      assert.deepEqual([homeless.status, homeless.stderr, homeless.stdout], [0, '', bare.stdout]);
    });
});

describe('the agent program without its addon', () => {
  beforeEach(addAgent);

  for (const mode of ['serve', 'observe', 'direct'])
    it(`says as ${mode} what is missing, and what to do`, () => {
      const { code, stdout, stderr } = run('agent.js', [mode]);
      assert.deepEqual([code, stdout], [10, '']);
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

  for (const [kind, change, code, message] of unfitAddons)
    it(`says what is wrong with one ${kind}`, () => {
      writeFileSync(join(folder, 'sockscope.node'), change(readFileSync(resolve('dist', 'sockscope.node'))));
      for (const mode of ['serve', 'observe', 'direct']) {
        const agent = run('agent.js', [mode]);
        assert.deepEqual([agent.code, agent.stdout], [code, ''], mode);
        assert.match(agent.stderr, message);
        assert.match(agent.stderr, /^The native part of Sockscope .+\. (Install|Use) .+\.\n$/);
      }
      for (const words of [['list'], ['why', '9'], ['doctor']]) {
        const { code, stdout, stderr } = run('sockscope.js', words);
        assert.deepEqual([code, stdout], [1, ''], words.join(' '));
        assert.match(stderr, message);
        assertNoStack(stderr);
      }
    });

  it('names its other bundle, where that is missing', () => {
    rmSync(join(folder, 'agent-server.js'));
    const { code, stdout, stderr } = run('agent.js', ['observe']);
    assert.deepEqual([code, stdout], [10, '']);
    assert.match(stderr, /^A file of Sockscope is missing: \S+agent-server\.js\. Install .+\.\n$/);
  });

  it('names a mistake in its arguments first', () => {
    const { code, stderr } = run('agent.js', ['serve', '--scope', 'al']);
    assert.deepEqual(
      [code, stderr],
      [2, '--scope "al" is not known: the nearest is all (known: mine, all)\n'],
    );
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
