/** A user for whom sudo cannot start an agent: the command line says so before anyone types a password. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Stage, withoutRoot } from '../helpers/stage';

describe('where sudo cannot start an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  const cases: readonly (readonly [string, readonly string[], () => RegExp])[] = [
    [
      'sudo is missing',
      ['env', 'PATH=/nonexistent'],
      () =>
        new RegExp(
          `sudo is not installed, or not on PATH\\. Install it, or start .+ SUDO_UID=${stage.user.uid} `,
        ),
    ],
    [
      'no_new_privs',
      ['setpriv', '--no-new-privs', '--'],
      () =>
        /This process may not gain privileges \(no_new_privs\), .+\. Start the agent from another terminal: /,
    ],
  ];
  for (const [name, through, sentence] of cases)
    it(name, async () => {
      const run = (words: string) => stage.sockscope(words.split(' '), { through });
      for (const words of ['destroy pid:1 --yes', 'drill pid:1 --yes', 'outage pid:1 --for 1s --yes']) {
        const { code, stdout, stderr } = await run(words);
        assert.deepEqual([code, stdout], [3, ''], words);
        assert.match(stderr, sentence());
        assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      }
      for (const words of ['log', 'why 1 --net no-such']) {
        const { code, stderr } = await run(words);
        assert.equal(code, 3, stderr);
        assert.match(stderr, sentence());
      }
      const status = await run('agent status');
      assert.equal(status.code, 3);
      assert.match(status.stdout, sentence());
      const { code, stdout } = await run('doctor');
      assert.equal(code, 0);
      assert.match(/^no {2}sudo .*$/m.exec(stdout)?.[0] ?? '', sentence());
    });

  it('without sudo no verb names it, and the command for root has its whole path', async () => {
    const roots = await stage.puppet({ user: undefined });
    const { local } = await roots.listen('server', { family: 'ipv4', address: '127.0.0.1' });
    const withoutSudo = { through: ['env', 'PATH=/nonexistent'] };
    const said = async (words: string) => {
      const { stdout, stderr } = await stage.sockscope(words.split(' '), withoutSudo);
      assert.doesNotMatch(
        stdout + stderr,
        /\bsudo (--|\/|sockscope|kill|modprobe|mount|ss|systemctl)/,
        words,
      );
      return stdout + stderr;
    };
    const own = `SUDO_UID=${stage.user.uid} ${stage.command('agent', 'serve')}`;
    for (const words of [`why ${local[1]}`, `free ${local[1]} --yes`])
      assert.ok((await said(words)).includes(`su -c '${own}`), words);
    for (const words of ['doctor', 'doctor --json', 'agent status', `destroy :${local[1]} --yes`])
      assert.ok((await said(words)).includes(own), words);
    await said('list');
  });

  for (const verb of ['serve --scope all', 'restart', 'install', 'uninstall'])
    it(`agent ${verb} without sudo says how root does it`, async () => {
      const words = `agent ${verb}`.split(' ');
      const { code, stderr } = await stage.sockscope(words, { through: ['env', 'PATH=/nonexistent'] });
      assert.equal(code, 3, stderr);
      const command = new RegExp(
        `sudo is not installed, .+ as root: SUDO_UID=${stage.user.uid} .+ agent ${verb}\\n$`,
      );
      assert.match(stderr, command);
    });
});
