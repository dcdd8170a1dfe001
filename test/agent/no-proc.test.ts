/** Where /proc is not mounted, as in a bare chroot, every verb that needs it ends with a sentence on that. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StartExit } from '../../agent/common/start-exit';
import { run } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /proc && exec "$@"', 'sh'];
const sentence =
  /^(sockscope: )?\/proc does not show this process, .*: mount it \(mount -t proc proc \/proc\), .*$/m;

describe('without /proc', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  for (const words of ['list', 'doctor', 'agent serve']) it(`root: ${words}`, () => assertSays(words));

  for (const words of ['list', 'free 9 --yes'])
    it(`user: ${words}`, () => {
      const { uid, gid } = stage.user;
      return assertSays(words, ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--']);
    });

  async function assertSays(words: string, as: readonly string[] = []): Promise<void> {
    const command = [process.execPath, join(stage.folder, 'sockscope.js'), ...words.split(' ')];
    const { code, stdout, stderr } = await run([...hidden, ...as, ...command]);
    assert.deepEqual([code, stdout], [words === 'agent serve' ? StartExit.noProc : 1, ''], stderr);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /ENOENT|^ +at /m);
  }
});
