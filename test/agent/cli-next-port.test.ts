/** `sockscope next-port` among real servers, and between sessions that reserve. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { PortFixture } from '../helpers/port-fixture';
import { type CommandResult, python, withoutRoot } from '../helpers/stage';
import { copyVite } from '../helpers/vite';

const dayMs = 24 * 60 * 60 * 1000;

describe('next-port', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  /** Of the user's session, as systemd would make it; another one for each test. */
  let runtime: string;
  let tests = 0;
  before(() => {
    fixture = new PortFixture(8200);
  });
  beforeEach(() => {
    fixture.nextPort();
    runtime = folderOfUser(`runtime-${++tests}`);
  });
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  function folderOfUser(name: string): string {
    const { home, uid, gid } = fixture.stage.user;
    const folder = join(home, name);
    mkdirSync(folder);
    chownSync(folder, uid, gid);
    return folder;
  }

  const reservation = (port: number) => join(runtime, 'sockscope', 'ports', String(port));

  function nextPort(...words: readonly string[]): Promise<CommandResult> {
    const environment = { XDG_RUNTIME_DIR: runtime, HOME: fixture.stage.user.home };
    return fixture.stage.sockscope(['next-port', String(fixture.port), ...words], { environment });
  }

  async function printed(...words: readonly string[]): Promise<number> {
    const { code, stdout, stderr } = await nextPort(...words);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^\d+\n$/);
    return Number(stdout);
  }

  describe('usage mistakes are exit 2', () => {
    const mistakes: readonly [what: string, words: readonly string[], message: RegExp][] = [
      ['no port', [], /the port to begin with, such as 3000$/m],
      ['no number', ['web'], /not "web"/],
      ['a port too high', ['70000'], /not "70000"/],
      ['an address', ['127.0.0.1:3000'], /not "127\.0\.0\.1:3000"/],
      ['two ports', ['3000', '3100'], /not "3100"/],
      ['a folder that is not there', ['3000', '--for', './nowhere'], /"\.\/nowhere" is no folder/],
      ['no name', ['3000', '--for'], /--for needs a value/],
      ['an unknown option', ['3000', '--fro', 'web'], /nearest is --for/],
    ];
    for (const [what, words, message] of mistakes)
      it(what, async () => {
        const { code, stdout, stderr } = await fixture.stage.sockscope(['next-port', ...words]);
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.match(stderr, message);
      });
  });

  it('is the port itself while that is free', async () => {
    assert.equal(await printed(), fixture.port);
    const { json } = await nextPort('--json');
    assert.deepEqual(json, { schema: 1, port: fixture.port, from: fixture.port, for: null, until: null });
  });

  it('leaves out what servers have, over IPv4, IPv6 and at localhost', async () => {
    const { port } = fixture;
    await fixture.run([python, '-u', '-m', 'http.server', String(port)]);
    await fixture.hold('listen', port + 1); // at 127.0.0.1
    await fixture.run([python, '-u', '-m', 'http.server', '--bind', '::1', String(port + 2)]);
    assert.equal(await printed(), port + 3);
  });

  it('is what Vite can have', async () => {
    const { stage, port } = fixture;
    await fixture.hold('listen');
    const { folder } = stage.site(await printed());
    assert.equal(folder, join(stage.user.home, String(port + 1)));
    writeFileSync(join(folder, 'index.html'), '<p>hello</p>');
    const vite = [process.execPath, copyVite(stage.folder), folder, `--port=${port + 1}`, '--strictPort'];
    await fixture.run(vite);
    const { json } = await stage.sockscope(['wait', String(port + 1), '--listening', '--json']);
    assert.equal(json.met, true);
    assert.equal(await printed(), port + 2);
  });

  it('is free for servers with SO_REUSEADDR where a server has only just ended', async () => {
    await fixture.leaveTimeWait();
    assert.equal(await printed(), fixture.port);
    await fixture.hold('listen');
  });

  it('says when there is none', async () => {
    const { code, stderr } = await fixture.stage.sockscope(['next-port', '65535']);
    assert.equal(code, 0, stderr);
    await fixture.hold('listen', 65_535);
    const none = await fixture.stage.sockscope(['next-port', '65535']);
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.match(none.stderr, /No port from 65535 to 65535 is free/);
  });

  describe('reserved', () => {
    it('the same name gets the same port, and others another one', async () => {
      const { port } = fixture;
      assert.equal(await printed('--for', 'one'), port);
      assert.equal(await printed('--for', 'two'), port + 1);
      assert.equal(await printed(), port + 2, 'without a name as well');
      assert.equal(await printed('--for', 'two'), port + 1);
      assert.equal(await printed('--for', 'one'), port);
      const { json } = await nextPort('--for', 'one', '--json');
      const { until, ...rest } = json;
      assert.deepEqual(rest, { schema: 1, port, from: port, for: 'one' });
      assert.ok(Math.abs(Date.parse(until) - Date.now() - dayMs) < 60_000);
    });

    it('a name may have one for each port to begin with', async () => {
      const { stage, port } = fixture;
      const environment = { XDG_RUNTIME_DIR: runtime };
      const other = ['next-port', String(port + 1), '--for', 'one'];
      assert.equal(await printed('--for', 'one'), port);
      assert.equal((await stage.sockscope(other, { environment })).stdout, `${port + 1}\n`);
      assert.equal(await printed('--for', 'one'), port);
    });

    it('sessions that ask at the same time get different ports', async () => {
      const names = Array.from({ length: 8 }, (_, index) => `session-${index}`);
      const ports = await Promise.all(names.map((name) => printed('--for', name)));
      assert.equal(new Set(ports).size, names.length, ports.join());
      assert.deepEqual(await Promise.all(names.map((name) => printed('--for', name))), ports);
    });

    it('a session that asks several times at once gets one port', async () => {
      const ports = await Promise.all(['a', 'b', 'c', 'd'].map(() => printed('--for', 'one')));
      assert.deepEqual(new Set(ports), new Set([fixture.port]));
    });

    it('for a folder, whatever its path is written like, until it is gone', async () => {
      const { port, stage } = fixture;
      const worktree = folderOfUser('worktree');
      const link = join(stage.folder, 'link');
      symlinkSync(worktree, link);
      assert.equal(await printed('--for', worktree), port);
      assert.equal(await printed('--for', `${link}/`), port);
      assert.equal(await printed('--for', 'other'), port + 1);
      rmSync(worktree, { recursive: true });
      assert.equal(await printed('--for', 'third'), port);
    });

    it('for a day since it was last asked for', async () => {
      const { port } = fixture;
      assert.equal(await printed('--for', 'one'), port);
      const age = (ms: number) => {
        const then = new Date(Date.now() - ms);
        utimesSync(reservation(port), then, then);
      };
      age(dayMs - 600_000);
      assert.equal(await printed('--for', 'one'), port, 'and so it begins anew');
      assert.equal(await printed('--for', 'two'), port + 1);
      age(dayMs + 1000);
      assert.equal(await printed('--for', 'three'), port);
      assert.equal(await printed('--for', 'one'), port + 2);
    });

    it('where the port is busy, the next one, with a word on it', async () => {
      const { port, stage } = fixture;
      assert.equal(await printed('--for', 'one'), port);
      const { child } = await fixture.hold('listen');
      const { code, stdout, stderr } = await nextPort('--for', 'one');
      assert.deepEqual([code, stdout], [0, `${port + 1}\n`]);
      assert.equal(
        stderr,
        `${port} was reserved for "one", and is busy. Who has it: ${stage.command('why', String(port))}\n`,
      );
      assert.equal(child.exitCode, null);
    });

    it('in the folder of the state where the session has none of its own', async () => {
      const { stage, port } = fixture;
      const environment = { XDG_RUNTIME_DIR: '/', HOME: stage.user.home };
      const words = ['next-port', String(port), '--for', 'one'];
      assert.equal((await stage.sockscope(words, { environment })).stdout, `${port}\n`);
      const state = join(stage.user.home, '.local', 'state');
      const asState = await stage.sockscope(['next-port', String(port)], {
        environment: { XDG_STATE_HOME: state },
      });
      assert.equal(asState.stdout, `${port + 1}\n`);
    });

    it('for root nothing is written where others may write', async () => {
      const { stage, port } = fixture;
      const environment = { XDG_RUNTIME_DIR: runtime, XDG_STATE_HOME: runtime, HOME: runtime };
      const words = ['next-port', String(port), '--for', `test-${process.pid}`, '--json'];
      const { json } = await stage.sockscope(words, { user: undefined, environment });
      rmSync(join('/run/sockscope-ports', String(json.port)));
      assert.deepEqual(readdirSync(runtime), []);
    });

    it('says where it cannot be written', async () => {
      chmodSync(runtime, 0o500);
      const { code, stdout, stderr } = await nextPort('--for', 'one');
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /cannot be read or written \(EACCES at .*\): set XDG_RUNTIME_DIR/);
    });
  });
});
