/** Commands in texts: with sudo always by path, without it by path where no PATH has them. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inOwnWords } from '../../../../agent/client/own-words';
import { ownAsRoot } from '../../../../agent/client/served-uid';

describe('the commands in a text', () => {
  const { PATH } = process.env;
  let folder: string;
  let program: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sockscope-words-'));
    for (const name of ['a b', 'bin', 'other']) mkdirSync(join(folder, name));
    program = join(folder, 'a b', 'sockscope.js');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    symlinkSync(program, join(folder, 'bin', 'sockscope'));
    writeFileSync(join(folder, 'other', 'sockscope'), '');
  });
  after(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  /** With this folder alone on PATH. */
  const inWords = (text: string, path: string) => {
    process.env.PATH = join(folder, path);
    return inOwnWords(text, join(folder, path === 'bin' ? 'bin/sockscope' : 'a b/sockscope.js'));
  };

  it('have the path of the program under sudo, quoted for a shell', () => {
    for (const path of ['bin', 'other'])
      assert.equal(
        inWords('It needs the agent (sudo sockscope agent serve --scope all)', path),
        `It needs the agent (${ownAsRoot(`${process.execPath} ${path === 'bin' ? join(folder, 'bin/sockscope') : `'${program}'`} agent serve --scope all`)})`,
      );
  });

  it('have it in the shell of root, too, who starts the agent for a user without sudo', () => {
    const ours = `${process.execPath} ${join(folder, 'bin/sockscope')}`;
    for (const verb of ['serve', 'install'])
      assert.equal(
        inWords(`as root: SUDO_UID=1000 sockscope agent ${verb}`, 'bin'),
        `as root: SUDO_UID=1000 ${ours} agent ${verb}`,
      );
  });

  it('are those of su where there is no sudo, with the user whom the agent serves', ({ mock }) => {
    mock.method(process as { getuid(): number }, 'getuid', () => 1000);
    const ours = `${process.execPath} ${join(folder, 'bin/sockscope')}`;
    assert.equal(
      inWords(
        'start it with sudo sockscope agent restart --scope all --idle-exit 10m, then try again',
        'bin',
      ),
      `start it with su -c 'SUDO_UID=1000 ${ours} agent restart --scope all --idle-exit 10m', then try again`,
    );
    assert.equal(inWords('Mount it (sudo mount /x y), then', 'bin'), "Mount it (su -c 'mount /x y'), then");
    assert.equal(inWords('none at all (sudo is missing)', 'bin'), 'none at all (sudo is missing)');
    writeFileSync(join(folder, 'other', 'sudo'), '', { mode: 0o755 });
    assert.equal(
      inWords('Start it: sudo sockscope agent serve', 'other'),
      `Start it: sudo ${process.execPath} '${program}' agent serve`,
    );
    assert.equal(inWords('Mount it (sudo mount /x y)', 'other'), 'Mount it (sudo mount /x y)');
  });

  it('of the user stay as they are where PATH has this very program', () => {
    assert.equal(inWords('Run sockscope doctor', 'bin'), 'Run sockscope doctor');
    assert.equal(inWords('Run sockscope doctor', 'other'), `Run ${process.execPath} '${program}' doctor`);
    assert.equal(inWords('Run sockscope doctor', 'a b'), `Run ${process.execPath} '${program}' doctor`);
  });

  it('stay as they are where they are for the host of this container', () => {
    const text = 'Start the agent on the host (sudo sockscope agent serve), and mount the folder';
    assert.equal(inWords(text, 'other'), text);
  });

  it('are nothing else that has the name', () => {
    for (const text of [
      'sockscope 0.1.0',
      'node /usr/bin/sockscope list',
      'my-sockscope free 3000',
      '/run/sockscope agent',
    ])
      assert.equal(inWords(text, 'other'), text);
  });
});
