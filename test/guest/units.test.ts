/** Ports held by units of the system and of a user: `why` names them, `free` stops a service and leaves a socket unit alone. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { type RunOptions, run, until } from '../helpers/programs';
import { python } from '../helpers/stage';

/** Units until the next boot. */
const folder = '/run/systemd/system';

describe('ports of units', () => {
  let user: PlainUser;
  let port = 7000;
  before(async () => {
    user = createPlainUser();
    // His systemd, without a login.
    await succeeds(['loginctl', 'enable-linger', user.name]);
    await until('it is there', async () => (await stateOf(`user@${user.uid}.service`)) === 'active');
  });
  after(async () => {
    await run(['loginctl', 'disable-linger', user.name]);
    await run(['systemctl', 'stop', `user@${user.uid}.service`]);
    await user.remove();
  });

  async function succeeds(command: readonly string[], runOptions: RunOptions = {}): Promise<void> {
    const { code, stdout, stderr } = await run(command, runOptions);
    assert.equal(code, 0, `${command.join(' ')}: ${stdout}${stderr}`);
  }

  async function sockscope(verb: string, words: readonly string[] = [], runOptions: RunOptions = {}) {
    const program = [process.execPath, resolve('dist/sockscope.js')];
    const command = [...program, verb, String(port), ...words, '--json'];
    const { code, stdout, stderr } = await run(command, runOptions);
    assert.notEqual(stdout, '', stderr);
    return { code, json: JSON.parse(stdout) };
  }

  const asUser = (): RunOptions => ({
    user,
    environment: { XDG_RUNTIME_DIR: `/run/user/${user.uid}`, HOME: user.home },
  });

  const stateOf = async (unit: string) => (await run(['systemctl', 'is-active', unit])).stdout.trim();

  /** Starts a server that is started again `restartSec` after its end. */
  async function startService(
    unit: string,
    restartSec: number,
    as: RunOptions = {},
    ...more: string[]
  ): Promise<void> {
    port++;
    const properties = ['Restart=always', `RestartSec=${restartSec}`, ...more];
    const options = [`--unit=${unit}`, ...properties.map((property) => `--property=${property}`)];
    const server = [python, '-m', 'http.server', '--bind', '127.0.0.1', String(port)];
    await succeeds(['systemd-run', '--quiet', ...(as.user ? ['--user'] : []), ...options, ...server], as);
    await until('it listens', async () => (await run(['ss', '-Hltn', `sport = :${port}`])).stdout !== '');
  }

  for (const restartSec of [0, 2])
    it(`root stops a system unit with Restart=always and RestartSec=${restartSec}`, async () => {
      await startService('case-system', restartSec);
      const { json } = await sockscope('why');
      assert.deepEqual(
        [json.holders[0].respawn?.kind, json.holders[0].respawn?.name],
        ['unit', 'case-system.service'],
      );
      const freed = await sockscope('free', ['--yes']);
      assert.equal(freed.code, 0, JSON.stringify(freed.json));
      assert.notEqual(await stateOf('case-system.service'), 'active');
    });

  it('of a system unit that runs as the user he reads the command that stops it', async () => {
    await startService('case-system', 0, {}, `User=${user.name}`);
    const { code, json } = await sockscope('free', ['--yes'], asUser());
    assert.notEqual(code, 0);
    const { message } = json.steps[0];
    assert.match(message, /^Stopping failed: "[^\\"]+"; run sudo systemctl stop -- case-system\.service$/);
    assert.equal(await stateOf('case-system.service'), 'active');
    await succeeds(['systemctl', 'stop', 'case-system.service']);
  });

  for (const [who, runOptions] of [
    ['he', asUser],
    ['root', () => ({})],
  ] as const)
    it(`a unit of the user is stopped by ${who}`, async () => {
      await startService('case-user', 2, asUser());
      const { json } = await sockscope('why', [], runOptions());
      const { respawn } = json.holders[0];
      assert.deepEqual([respawn?.kind, respawn?.name], ['unit', 'case-user.service']);
      const freed = await sockscope('free', ['--yes'], runOptions());
      assert.equal(freed.code, 0, JSON.stringify(freed.json));
      const { stdout } = await run(['systemctl', '--user', 'is-active', 'case-user.service'], asUser());
      assert.notEqual(stdout.trim(), 'active');
    });

  it('a socket unit is named, with the command that closes its port, and left alone by free', async () => {
    port++;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/case.socket`, `[Socket]\nListenStream=127.0.0.1:${port}\n`);
    writeFileSync(`${folder}/case.service`, '[Service]\nExecStart=/bin/cat\n');
    await succeeds(['systemctl', 'daemon-reload']);
    await succeeds(['systemctl', 'start', 'case.socket']);
    const { json } = await sockscope('why');
    assert.equal(json.holders[0].respawn?.name, 'case.socket');
    assert.match(JSON.stringify(json.next), /systemctl stop case\.socket/);
    assert.equal((await sockscope('free', ['--yes'])).code, 1);
    assert.equal(await stateOf('case.socket'), 'active');
    await succeeds(['systemctl', 'stop', 'case.socket']);
  });
});
