/** Programs behind a shell that waits: real ones, on the PATH of this process. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { holdShell } from '../../../../agent/broker-link/native';
import { HeldPrograms } from '../../../../agent/client/held-programs';
import { children } from '../../../helpers/children';
import { until } from '../../../helpers/programs';
import { scriptsOnPath } from '../../../helpers/scripts-on-path';

describe('programs that a shell holds', () => {
  const { folder, write: program } = scriptsOnPath();

  const hold = (...args: string[]) => new HeldPrograms(holdShell, ['held-one', 'held-other'], args);

  /** Ended, and not awaited by this process. */
  const isZombie = (pid: number) => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

  it('run once, with their arguments as they are, whoever asks', async () => {
    program('held-one', `echo "$2 $1"; echo called >> ${folder}/calls`);
    program('held-other', 'echo other; echo lost >&2');
    const held = hold('a b', "$HOME 'x'");
    const answers = [await held.run(), await held.run()];
    assert.deepEqual(answers, Array(2).fill("$HOME 'x' a b\nother\n"));
    assert.equal(readFileSync(join(folder, 'calls'), 'utf8'), 'called\n');
  });

  it('have nothing printed of what fails or hangs', async () => {
    program('held-one', 'echo half; exit 1');
    program('held-other', 'echo other');
    assert.equal(await hold().run(), 'other\n');
    program('held-one', 'echo one');
    program('held-other', 'exec sleep 20');
    assert.equal(await hold().run(), 'one\n');
  });

  it('are not mixed, however much they print', async () => {
    const lines = (word: string) => `${word}\n`.repeat(20_000);
    for (const name of ['held-one', 'held-other']) program(name, `yes ${name} | head -n 20000`);
    assert.equal(await hold().run(), lines('held-one') + lines('held-other'));
  });

  it('are not run where they are released, and leave no shell', async () => {
    program('held-one', `touch ${folder}/ran`);
    const before = children(process.pid);
    const held = hold();
    const added = children(process.pid).filter((pid) => !before.includes(pid));
    assert.equal(added.length, 1);
    held.release();
    await until('it has ended', () => isZombie(added[0] as number));
    assert.equal(existsSync(join(folder, 'ran')), false);
  });

  it('are nothing where none is on the PATH', async () => {
    const held = new HeldPrograms(holdShell, ['held-nowhere'], []);
    assert.equal(await held.run(), '');
    held.release();
  });
});
