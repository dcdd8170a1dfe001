/** The same packages come from the same sources, in another folder, another time zone and with other rights of new files. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { folder, makeFolder } from './packages';

let temporary: ReturnType<typeof makeFolder>;
before(() => {
  temporary = makeFolder();
});
after(() => temporary.remove());

/** Only the sources, and what they are built with. */
function copyCheckout(to: string): void {
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files) cpSync(file, join(to, file));
  execFileSync('cp', ['-a', 'node_modules', to]);
  for (const archives of [join('build', 'vendor'), join('build', 'release', 'archives')])
    for (const name of readdirSync(archives).filter((each) => /\.(deb|tar\.\w+)$/.test(each))) {
      mkdirSync(join(to, archives), { recursive: true });
      cpSync(join(archives, name), join(to, archives, name));
    }
}

describe('packages that are built again', () => {
  it('are the same', () => {
    const copy = join(temporary.path, 'a', 'longer', 'path-of-another-checkout');
    mkdirSync(copy, { recursive: true });
    copyCheckout(copy);
    const command = `umask 077; exec ${JSON.stringify(process.execPath)} scripts/package.mjs`;
    execFileSync('sh', ['-c', command], {
      cwd: copy,
      env: { ...process.env, TZ: 'Asia/Kolkata' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const sums = (path: string) => readFileSync(join(path, 'SHA256SUMS'), 'utf8');
    assert.equal(sums(join(copy, 'build', 'packages')), sums(resolve(folder)));
  });
});
