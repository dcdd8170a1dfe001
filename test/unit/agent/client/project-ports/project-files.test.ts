/** Ports of a project's files: which a server needs, and where they stand. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { portsOfFolder } from '../../../../../agent/client/project-ports/project-files';
import { filledIn, variablesOf } from '../../../../../agent/client/project-ports/variables';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sockscope-project-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `.env:2 3000 server`. */
function placesOf(
  files: Readonly<Record<string, string>>,
  shell: NodeJS.ProcessEnv = {},
  unreadable: readonly string[] = [],
): string[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { places, unread } = portsOfFolder(folder, shell);
  assert.deepEqual(
    unread.map(({ file }) => file),
    unreadable.map((name) => join(folder, name)),
  );
  return places.map(
    ({ port, file, line, server }) =>
      `${file.slice(folder.length + 1)}:${line} ${port} ${server ? 'server' : 'client'}`,
  );
}

const scripts = (command: string) => JSON.stringify({ scripts: { dev: command } }, null, 2);

describe('the ports of a folder', () => {
  it('of every kind of file, with their lines', () => {
    const found = placesOf({
      '.env': 'NAME=x\nPORT=3000\n',
      '.env.example': 'PORT=1111',
      '.vscode/launch.json': '{\n"env": { "PORT": "3001" } }',
      '.vscode/settings.json': '{ "port": 1112 }',
      'compose.yaml': 'services:\n  web:\n    ports:\n      - 3002:80\n',
      'launch.json': '{ "args": ["--port", "1113"] }',
      'package.json': scripts('next dev -p 3003'),
      'src/vite.config.ts': 'port: 1114',
      'vite.config.ts': 'export default {\n  server: { port: 3004 },\n};\n',
    });
    assert.deepEqual(found, [
      '.env:2 3000 server',
      'compose.yaml:4 3002 server',
      'package.json:3 3003 server',
      'vite.config.ts:2 3004 server',
      '.vscode/launch.json:2 3001 server',
    ]);
  });

  const roles: readonly (readonly [name: string, text: string, role: 'server' | 'client'])[] = [
    ['.env', 'PORT=3000', 'server'],
    ['.env', 'API_PORT=3000', 'server'],
    ['.env', 'export APP_DB_PORT="3000"', 'client'],
    ['.env', 'REDIS_PORT=3000', 'client'],
    ['.env', 'DATABASE_URL=postgres://me:pw@localhost:3000/db', 'client'],
    ['.env', 'LISTEN=0.0.0.0:3000', 'server'],
    ['package.json', scripts('vite --port 3000'), 'server'],
    ['package.json', scripts('PORT=3000 node .'), 'server'],
    ['package.json', scripts('REDIS_PORT=3000 node .'), 'client'],
    ['package.json', scripts('wait-on http://localhost:3000'), 'client'],
    ['package.json', scripts('gunicorn -b 127.0.0.1:3000 app'), 'server'],
    ['package.json', scripts('php -S localhost:3000'), 'server'],
    ['package.json', scripts('caddy run --listen=127.0.0.1:3000'), 'server'],
    ['package.json', scripts('node --inspect=3000 .'), 'server'],
    ['vite.config.mjs', 'server: { port: 3000 }', 'server'],
    ['vite.config.mjs', "proxy: { '/api': 'http://localhost:3000' }", 'client'],
    ['.vscode/launch.json', '{ "request": "attach", "port": 3000 }', 'client'],
    ['.vscode/launch.json', '{ "url": "http://localhost:3000" }', 'client'],
    ['.vscode/tasks.json', '{ "args": ["--bind", "127.0.0.1:3000"] }', 'server'],
    ['compose.yml', 'ports: ["127.0.0.1:3000:80"]', 'server'],
  ];
  for (const [name, text, role] of roles)
    it(`${name}: a ${role} in ${text.replaceAll(/\s+/g, ' ')}`, () =>
      assert.deepEqual(
        placesOf({ [name]: text }).map((place) => place.split(' ').slice(1).join(' ')),
        [`3000 ${role}`],
      ));

  it('of a compose file, with the variables of .env and of the shell, and without those of UDP', () => {
    const web = `services:\n  web:\n    ports:\n      - "\${WEB_PORT:-3000}:80"\n      - \${API_PORT}:81\n      - 53:53/udp\n`;
    const inCompose = (shell: NodeJS.ProcessEnv) =>
      placesOf({ 'docker-compose.yml': web, '.env': 'API_PORT=4001' }, shell).slice(1);
    assert.deepEqual(inCompose({}), ['docker-compose.yml:4 3000 server', 'docker-compose.yml:5 4001 server']);
    assert.deepEqual(inCompose({ WEB_PORT: '5000', API_PORT: '5001' }), [
      'docker-compose.yml:4 5000 server',
      'docker-compose.yml:5 5001 server',
    ]);
  });

  it('names files that it does not read, with the reason', () => {
    mkdirSync(join(folder, '.env'));
    writeFileSync(join(folder, 'package.json'), Buffer.alloc(1_000_001));
    writeFileSync(join(folder, '.vscode'), '');
    const { unread } = portsOfFolder(folder, {});
    assert.deepEqual(unread, [
      { file: join(folder, '.vscode'), why: 'ENOTDIR' },
      { file: join(folder, '.env'), why: 'it is no file' },
      { file: join(folder, 'package.json'), why: 'it has more than 1000000 bytes' },
    ]);
  });

  it('is held up neither by a fifo nor by text that was made for it', () => {
    execFileSync('mkfifo', [join(folder, 'package.json')]);
    const blanks = ' '.repeat(50_000);
    const found = placesOf(
      {
        '.env': `A=${blanks}b\n${'x'.repeat(50_000)}\nPORT=3000\n`,
        '.vscode/tasks.json': `"--bind${'",       '.repeat(20)}! localhost:3001`,
      },
      {},
      ['package.json'],
    );
    assert.deepEqual(found, ['.env:3 3000 server', '.vscode/tasks.json:1 3001 client']);
  });

  it('throws where the folder cannot be read', () =>
    assert.throws(() => portsOfFolder(join(folder, 'nowhere')), { code: 'ENOENT' }));
});

describe('variables of a compose file', () => {
  it('of .env files', () => {
    const text = 'A=1\n  export B = "two words" # a comment\nC=\'3\'\n# D=4\nE=\nF=a#b\n';
    assert.deepEqual(variablesOf(text), { A: '1', B: 'two words', C: '3', E: '', F: 'a#b' });
  });

  for (const [text, filled] of [
    ['$A:80', '1:80'],
    [`\${A}:80`, '1:80'],
    [`\${B:-2}:80`, '2:80'],
    [`\${B-2}:80`, '2:80'],
    [`\${E:-3}:80`, '3:80'],
    [`\${B}:80`, `\${B}:80`],
    ['$$ $1 ${', '$$ $1 ${'],
  ] as const)
    it(`fills in ${text}`, () => assert.equal(filledIn(text, { A: '1', E: '' }), filled));
});
