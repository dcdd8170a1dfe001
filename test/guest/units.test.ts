/** Ports held by units of the system: `why` names them, `free` stops a service and leaves a socket unit alone. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { run, until } from '../helpers/programs';
import { python } from '../helpers/stage';

/** Units until the next boot. */
const folder = '/run/systemd/system';

describe('ports of units', () => {
  let port = 7000;

  async function succeeds(command: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await run(command);
    assert.equal(code, 0, `${command.join(' ')}: ${stdout}${stderr}`);
  }

  async function sockscope(verb: string, ...words: string[]) {
    const program = [process.execPath, resolve('dist/sockscope.js')];
    const { code, stdout, stderr } = await run([...program, verb, String(port), ...words, '--json']);
    assert.notEqual(stdout, '', stderr);
    return { code, json: JSON.parse(stdout) };
  }

  const stateOf = async (unit: string) => (await run(['systemctl', 'is-active', unit])).stdout.trim();

  /** Starts a server that is started again `restartSec` after its end. */
  async function startService(unit: string, restartSec: number): Promise<void> {
    port++;
    const options = [`--unit=${unit}`, '--property=Restart=always', `--property=RestartSec=${restartSec}`];
    const server = [python, '-m', 'http.server', '--bind', '127.0.0.1', String(port)];
    await succeeds(['systemd-run', '--quiet', ...options, ...server]);
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
      const freed = await sockscope('free', '--yes');
      assert.equal(freed.code, 0, JSON.stringify(freed.json));
      assert.notEqual(await stateOf('case-system.service'), 'active');
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
    assert.equal((await sockscope('free', '--yes')).code, 1);
    assert.equal(await stateOf('case.socket'), 'active');
    await succeeds(['systemctl', 'stop', 'case.socket']);
  });
});
