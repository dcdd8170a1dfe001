/** `sockscope preflight` of projects, against real servers. No container runs: a compose file alone names ports. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { PortFixture } from '../helpers/port-fixture';
import { type CommandResult, python, withoutRoot } from '../helpers/stage';
import { copyVite } from '../helpers/vite';

describe('preflight', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  let project: string;
  before(() => {
    fixture = new PortFixture(8600);
  });
  beforeEach(() => {
    fixture.nextPort();
    project = fixture.stage.site(fixture.port).folder;
  });
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  function write(name: string, text: string): void {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    const { uid, gid } = fixture.stage.user;
    chownSync(path, uid, gid);
  }

  const preflight = (...words: readonly string[]): Promise<CommandResult> =>
    fixture.stage.sockscope(['preflight', project, ...words]);

  const compose = (port: number) => `services:\n  web:\n    image: web\n    ports:\n      - "${port}:80"\n`;

  it('all free: exit 0', async () => {
    const { port } = fixture;
    write('compose.yml', compose(port));
    write('.env', `PORT=${port + 1}\nREDIS_URL=redis://localhost:${port + 2}\n`);
    const { code, json, stderr } = await preflight('--json');
    assert.deepEqual([code, stderr], [0, '']);
    const unused = { free: true, holder: null, processes: [], next: [] };
    const place = (name: string, line: number, server: boolean) => ({
      file: join(project, name),
      line,
      server,
    });
    assert.deepEqual(json, {
      schema: 1,
      folders: [project],
      ports: [
        { port, server: true, places: [place('compose.yml', 5, true)], ...unused },
        { port: port + 1, server: true, places: [place('.env', 1, true)], ...unused },
        { port: port + 2, server: false, places: [place('.env', 2, false)], ...unused },
      ],
      busy: [],
      unread: [],
    });
    const { stdout } = await preflight();
    assert.match(stdout, /^PORT +NOW +FOR +NAMED IN +WHO HAS IT\n/);
    assert.match(stdout, new RegExp(`^${port + 2} +free +clients +\\S*\\.env:2$`, 'm'));
    assert.match(stdout, /^No port that a server needs is busy \(2 checked\)$/m);
  });

  it('in a folder that has been removed, it says so', async () => {
    const removed = ['sh', '-c', 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$0" "$@"'];
    for (const words of [['preflight'], ['next-port', String(fixture.port), '--for', '.']]) {
      const { code, stderr } = await fixture.stage.sockscope(words, { through: removed });
      assert.deepEqual(
        [code, stderr],
        [
          1,
          'sockscope: The folder that this was started in has been removed: change to another one (cd), then try again\n',
        ],
      );
    }
  });

  it('a Python server has the port of the compose file: exit 1, with its name and what frees it', async () => {
    const { port } = fixture;
    write('compose.yml', compose(port));
    const { child } = await fixture.run([python, '-u', '-m', 'http.server', String(port)]);
    const { code, stdout, stderr } = await preflight();
    assert.equal(code, 1);
    assert.match(
      stdout,
      new RegExp(
        `^${port} +busy +a server +\\S*compose\\.yml:5 +python3 \\(pid ${child.pid}\\) listens on`,
        'm',
      ),
    );
    assert.match(stdout, new RegExp(`^1 of 1 port that servers need is busy: ${port}$`, 'm'));
    assert.ok(stderr.includes(`\n  ${fixture.stage.command('free', String(port))}\n`), stderr);
    const { json } = await preflight('--json');
    const [{ free, holder, processes, next }] = json.ports;
    assert.deepEqual([json.busy, free, processes[0].pid, next.length], [[port], false, child.pid, 1]);
    assert.match(holder, /^python3 /);
    assert.equal((await fixture.free()).code, 0);
    assert.equal((await preflight()).code, 0);
  });

  it('a server that clients of the project connect to is to be there', async () => {
    write('.env', `DATABASE_URL=postgres://me@127.0.0.1:${fixture.port}/db\n`);
    await fixture.hold('listen');
    const { code, json, stderr } = await preflight('--json');
    assert.deepEqual([code, json.busy, json.ports[0].server, json.ports[0].free], [0, [], false, false]);
    assert.equal(stderr, '');
  });

  it('Vite has the port of its configuration', async () => {
    const { stage, port } = fixture;
    write('vite.config.mjs', `export default { server: { port: ${port}, strictPort: true } };\n`);
    write('package.json', JSON.stringify({ scripts: { dev: 'vite' } }));
    write('index.html', '<p>hello</p>');
    assert.equal((await preflight()).code, 0);
    await fixture.run([
      process.execPath,
      copyVite(stage.folder),
      project,
      '--config',
      join(project, 'vite.config.mjs'),
    ]);
    await stage.sockscope(['wait', String(port), '--listening']);
    const { code, json } = await preflight('--json');
    assert.deepEqual([code, json.busy, json.ports[0].processes[0].name], [1, [port], 'node']);
  });

  it('several folders, and what another user has, with an agent', async () => {
    const { stage, port } = fixture;
    await stage.agent(['--scope', 'all']);
    const { folder: other } = stage.site(port + 1);
    writeFileSync(join(other, '.env'), `PORT=${port + 1}\n`);
    write('.env', `PORT=${port}\n`);
    const { child } = await fixture.hold('listen', port + 1, { user: undefined });
    const { code, json } = await preflight(other, '--json');
    assert.deepEqual([code, json.folders, json.busy], [1, [project, other], [port + 1]]);
    assert.equal(json.ports[1].processes[0].pid, child.pid);
  });

  it('a port below 1024, which a plain user may not bind', async () => {
    write('.env', 'PORT=81\n');
    const { code, json } = await preflight('--json');
    assert.deepEqual([code, json.busy], [1, [81]]);
    assert.match(json.ports[0].holder, /privilege|CAP_NET_BIND_SERVICE|root/);
  });

  it('no port: exit 4, and what it reads', async () => {
    const { code, stdout, stderr } = await preflight();
    assert.deepEqual([code, stdout], [4, '']);
    assert.match(stderr, /^sockscope: No file names a port in \S+: read are compose files, .env/);
  });

  it('says which file it could not read', async () => {
    write('.env', `PORT=${fixture.port}\n`);
    write('package.json', '{}');
    chmodSync(join(project, 'package.json'), 0);
    chownSync(join(project, 'package.json'), 0, 0);
    const { code, stderr } = await preflight();
    assert.equal(code, 0);
    assert.match(stderr, /package\.json was not read: EACCES\n$/);
  });

  for (const [what, words, message] of [
    ['what is no folder', ['nowhere'], /"nowhere" is no folder/],
    ['an unknown option', ['--jsn'], /nearest is --json/],
  ] as const)
    it(`${what}: exit 2`, async () => {
      const { code, stdout, stderr } = await preflight(...words);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, message);
    });
});
