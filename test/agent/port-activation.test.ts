/** A port that a service manager holds for a socket unit: its name, and the command that gives the port up. */

import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { FakePrograms } from '../helpers/fake-programs';
import { PortFixture } from '../helpers/port-fixture';
import { type RunOptions, until } from '../helpers/programs';
import { withoutRoot } from '../helpers/stage';

/** Holds a socket until there is a connection, as the manager does, which cannot run here. */
const activator = '/usr/bin/systemd-socket-activate';
const without = existsSync(activator) ? false : 'there is no systemd-socket-activate';

describe('a port of a socket unit', { skip: withoutRoot || without }, () => {
  let fixture: PortFixture;
  let fakes: FakePrograms;
  before(() => {
    fixture = new PortFixture(7900);
    fakes = new FakePrograms(fixture.stage);
    copyFileSync(activator, join(fixture.stage.folder, 'systemd'));
  });
  beforeEach(() => fixture.nextPort());
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  const sockscope = (verb: string, ...words: string[]) =>
    fixture.stage.sockscope([verb, String(fixture.port), '--json', ...words], {
      environment: fakes.environment,
    });
  const units = (end: string) =>
    [
      'Listen=/run/user/1000/bus (Stream)\\nId=dbus.socket\\nTriggers=dbus.service',
      `Listen=${end} (Stream)\\nListen=${end} (Datagram)\\nId=case.socket\\nTriggers=case.service`,
    ].join('\\n\\n');

  /** It prints nothing when it listens. */
  async function activate(runOptions: RunOptions = {}): Promise<void> {
    const command = `echo ready; exec ${join(fixture.stage.folder, 'systemd')} --listen 127.0.0.1:${fixture.port} cat`;
    await fixture.run(['/bin/sh', '-c', command], runOptions);
    await until('it listens', async () => !(await sockscope('why')).json.free);
  }

  it('is named with its unit, left alone by free, and the manager of the user closes it', async () => {
    fakes.answer('systemctl', { '--user': units(`127.0.0.1:${fixture.port}`) });
    await activate();
    const { json } = await sockscope('why');
    const [holder] = json.holders;
    assert.match(
      holder.why,
      /^systemd \(pid \d+\) listens on .*; a service manager is left alone; systemd holds it for case\.socket$/,
    );
    assert.deepEqual(
      [holder.remedy, holder.respawn],
      ['none', { kind: 'unit', name: 'case.socket', process: null }],
    );
    const next = {
      command: 'systemctl --user stop case.socket',
      why: 'systemd closes the port, and starts case.service for it no more',
    };
    assert.deepEqual(json.next, [next]);
    const free = await sockscope('free', '--yes');
    assert.deepEqual([free.code, free.json.steps, free.json.next], [1, [], [next]], free.json.message);
  });

  it("is root's: the manager of the system is asked, whose process a user does not see", async () => {
    fakes.answer('systemctl', { show: units(`127.0.0.1:${fixture.port}`) });
    await activate({ user: undefined });
    const { json } = await sockscope('why');
    assert.match(
      json.summary,
      /that cannot be seen from here listens on .*; systemd holds it for case\.socket$/,
    );
    assert.deepEqual(json.next.at(-1).command, 'sudo systemctl stop case.socket');
    fakes.answer('systemctl', {
      show: units(`127.0.0.1:${fixture.port}`).replace('case.socket', 'ssh.socket'),
    });
    const { json: logins } = await sockscope('why');
    assert.match(logins.summary, /systemd holds it for ssh\.socket$/);
    assert.doesNotMatch(JSON.stringify(logins.next), /systemctl/);
  });

  it('of another port is not meant', async () => {
    fakes.answer('systemctl', { '--user': units('127.0.0.1:1') });
    await activate();
    const { json } = await sockscope('why');
    assert.match(json.holders[0].why, /; a service manager is left alone$/);
    assert.deepEqual(json.next, []);
  });
});
