/** The completion of real shells, and the manual page in a real man. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { protocols, states } from '../../agent/protocol';
import { which } from '../helpers/programs';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sockscope-completion-'));
});
after(() => rmSync(folder, { recursive: true }));

function sockscope(...words: readonly string[]): string {
  return execFileSync(process.execPath, [resolve('dist', 'sockscope.js'), ...words], { encoding: 'utf8' });
}

/** Programs that print candidates, and `end` after those of each line. */
const shells: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash', resolve('test/helpers/shells/complete.bash')],
  zsh: ['zsh', '-f', resolve('test/helpers/shells/complete.zsh')],
  fish: ['fish', '--no-config', resolve('test/helpers/shells/complete.fish')],
};

/** What is offered for the end of each line. */
function candidates(shell: string, lines: readonly string[]): string[][] {
  const script = join(folder, `completion.${shell}`);
  writeFileSync(script, sockscope('completion', shell));
  const [program = '', ...words] = shells[shell] ?? [];
  const { status, stdout, stderr } = spawnSync(program, [...words, script, ...lines], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb' },
  });
  assert.deepEqual([status, stderr], [0, '']);
  const parts = stdout.split(/^end\n/m).slice(0, lines.length);
  return parts.map((part) => [
    ...new Set(
      part
        .split('\n')
        .map((one) => one.trim())
        .filter(Boolean),
    ),
  ]);
}

/** Fish offers whole words, and a key beside those with each of its values. */
const lines: readonly (readonly [line: string, wanted: readonly string[], inFish?: readonly string[]])[] = [
  ['sockscope fre', ['free']],
  ['sockscope help out', ['outage']],
  ['sockscope log --', ['--since', '--json', '--help']],
  ['sockscope free --signal ', ['TERM', 'KILL']],
  ['sockscope free --signal=', ['TERM', 'KILL'], ['--signal=TERM', '--signal=KILL']],
  ['sockscope free 3000 --take', ['--take-over']],
  ['sockscope liveness --exp', ['--expect-within']],
  ['sockscope tune --', ['--keepalive', '--user-timeout', '--restore', '--yes', '--json', '--help']],
  ['sockscope capture :3000 --wr', ['--write']],
  ['sockscope agent serve --sc', ['--scope']],
  ['sockscope agent serve --scope ', ['mine', 'all']],
  ['sockscope agent uninstall --logs ', ['keep', 'remove']],
  ['sockscope agent install --unit roo', ['root']],
  ['sockscope outage sto', ['stop']],
  ['sockscope outage list --', ['--json', '--help']],
  [
    'sockscope destroy pro',
    ['process:', 'proto:'],
    ['process:', 'proto:', ...protocols.map((protocol) => `proto:${protocol}`)],
  ],
  ['sockscope list state:', states, ['state:', ...states.map((state) => `state:${state}`)]],
  ['sockscope liveness state:', states, ['state:', ...states.map((state) => `state:${state}`)]],
  ['sockscope completion ', ['bash', 'fish', 'zsh']],
];

for (const shell of Object.keys(shells))
  describe(`completion in ${shell}`, { skip: which(shell) ? false : `${shell} is not installed` }, () => {
    let found: string[][];
    before(() => {
      found = candidates(shell, [...lines.map(([line]) => line), 'sockscope preflight /proc/sys/net/ipv']);
    });

    for (const [index, [line, wanted, inFish = wanted]] of lines.entries())
      it(line, () => {
        const isOption = (one: string) => one.startsWith('--');
        const expected = shell === 'fish' ? inFish : wanted;
        // Shells differ in whether options are offered beside other words.
        const compared = found[index]?.filter((one) => expected.some(isOption) || !isOption(one));
        assert.deepEqual(compared?.sort(), [...expected].sort());
      });

    it('folders', () => {
      for (const name of ['ipv4', 'ipv6'])
        assert.ok(
          found.at(-1)?.some((one) => one.replace(/\/$/, '').endsWith(name)),
          found.at(-1)?.join(),
        );
    });
  });

describe('the manual page', { skip: which('man') ? false : 'man is not installed' }, () => {
  it('is one that man prints without a warning', () => {
    const path = join(folder, 'sockscope.1');
    writeFileSync(path, sockscope('man'));
    const words = ['--local-file', '--warnings', '--encoding=ascii', path];
    const { stdout, stderr, status } = spawnSync('man', words, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, MANWIDTH: '200', MANPAGER: 'cat' },
    });
    assert.deepEqual([status, stderr], [0, '']);
    for (const part of ['sockscope agent serve', '--include-inheritors', 'XDG_RUNTIME_DIR', '3000,3001'])
      assert.ok(stdout.includes(part), part);
  });
});
