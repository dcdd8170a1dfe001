/** The order of imports between rooms (folders). Readable from the bottom up; .github/CONTRIBUTING.md draws it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { build } from 'esbuild';
import { type Edge, findCircle, forbidden, type Layers, misplaced, stale, upward } from '../helpers/layers';

/** Each room with those that it imports; a room may import only what stands before it. */
const agentRooms: Layers = {
  // Clients: the command line and what it shares with the extension and with test suites.
  protocol: [],
  common: ['protocol'],
  client: ['protocol', 'common'],
  mcp: ['protocol', 'common', 'client'],
  cli: ['protocol', 'common', 'client', 'mcp'],
  // The server: the agent program.
  'broker-link': ['protocol', 'common'],
  system: ['protocol', 'common', 'broker-link'],
  inventory: ['protocol', 'common', 'broker-link', 'system'],
  access: ['protocol', 'common', 'broker-link', 'inventory'],
  live: ['protocol', 'common', 'broker-link', 'system', 'inventory'],
  'context.ts': ['protocol', 'broker-link', 'inventory', 'access', 'live'],
  actions: ['protocol', 'common', 'broker-link', 'system', 'inventory', 'access', 'context.ts'],
  ports: ['protocol', 'common', 'broker-link', 'system', 'inventory', 'context.ts'],
  inspect: ['protocol', 'common', 'broker-link', 'system', 'inventory', 'context.ts'],
  reconnect: ['protocol', 'common', 'broker-link', 'system', 'inventory', 'access', 'context.ts', 'actions'],
  capture: ['protocol', 'common', 'broker-link', 'system', 'inventory', 'access', 'context.ts', 'reconnect'],
  server: [
    'protocol',
    'common',
    'broker-link',
    'system',
    'inventory',
    'access',
    'live',
    'context.ts',
    'actions',
    'ports',
    'inspect',
    'reconnect',
    'capture',
  ],
  'main.ts': ['common', 'system', 'server'],
  'list-agent.ts': ['common', 'system', 'server'],
};

const extensionRooms: Layers = {
  base: [],
  connection: ['base'],
  'context.ts': ['base', 'connection'],
  'steps.ts': ['context.ts'],
  tree: ['base', 'connection', 'context.ts', 'steps.ts'],
  actions: ['base', 'connection', 'context.ts', 'steps.ts', 'tree'],
  ports: ['base', 'connection', 'context.ts', 'tree', 'actions'],
  reconnect: ['base', 'connection', 'context.ts', 'steps.ts', 'tree', 'actions'],
  history: ['base', 'connection', 'context.ts', 'tree', 'actions', 'ports'],
  tools: ['base', 'connection', 'context.ts', 'ports'],
  webview: ['reconnect', 'history'],
  'api.ts': ['context.ts', 'tree', 'actions', 'ports', 'reconnect', 'history'],
  'extension.ts': [
    'base',
    'context.ts',
    'tree',
    'actions',
    'ports',
    'reconnect',
    'history',
    'tools',
    'api.ts',
  ],
};

/** What the extension imports of agent/. */
const sharedRooms = ['protocol', 'common', 'client'];

function filesOf(top: string): string[] {
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(top, file));
}

/** Between files below agent/ and extension/, and from there to packages and to the addon's types. */
function importsOf(files: readonly string[]): Edge[] {
  const known = new Set(files);
  return files.flatMap((from) => {
    const text = readFileSync(from, 'utf8');
    return [...text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map((found) => {
      const given = found[1] ?? found[2] ?? '';
      const path = normalize(join(dirname(from), given));
      const to = [`${path}.ts`, join(path, 'index.ts')].find((file) => known.has(file));
      return { from, to: to ?? (given.startsWith('.') ? path : given) };
    });
  });
}

/** Of agent/cli/commands/list.ts: cli; of agent/main.ts: main.ts. */
const roomOf = (file: string) => file.split('/')[1];

const agentFiles = filesOf('agent');
const extensionFiles = filesOf('extension');
const imports = importsOf([...agentFiles, ...extensionFiles]);
const inside = (top: string) =>
  imports.filter(({ from, to }) => from.startsWith(`${top}/`) && to.startsWith(`${top}/`));

for (const [top, rooms, files] of [
  ['agent', agentRooms, agentFiles],
  ['extension', extensionRooms, extensionFiles],
] as const)
  describe(`imports in ${top}/`, () => {
    it('the table has one direction', () => assert.deepEqual(upward(rooms), []));
    it('every file is in a room of the table', () => assert.deepEqual(misplaced(files, rooms, roomOf), []));
    it('no file imports against the order', () =>
      assert.deepEqual(forbidden(inside(top), rooms, roomOf), []));
    it('every allowance is used', () => assert.deepEqual(stale(inside(top), rooms, roomOf), []));
    it('there is no circle between files', () => assert.equal(findCircle(inside(top)), undefined));
  });

describe('imports across the top level', () => {
  const refused = (top: string, isAllowed: (edge: Edge) => boolean) =>
    imports.filter((edge) => edge.from.startsWith(`${top}/`) && !isAllowed(edge));

  it('the extension imports what clients share, and nothing else of the agent', () =>
    assert.deepEqual(
      refused(
        'extension',
        ({ to }) =>
          !to.startsWith('native/') && (!to.startsWith('agent/') || sharedRooms.includes(roomOf(to) ?? '')),
      ),
      [],
    ));

  it('the agent imports neither the extension nor VS Code', () =>
    assert.deepEqual(
      refused('agent', ({ to }) => to !== 'vscode' && !to.startsWith('extension/')),
      [],
    ));

  it('the protocol is plain data: of packages it imports vscode-jsonrpc alone', () =>
    assert.deepEqual(
      refused('agent/protocol', ({ to }) => to.startsWith('agent/') || to === 'vscode-jsonrpc'),
      [],
    ));

  it('only broker-link/native.ts loads the addon', () =>
    assert.deepEqual(
      refused('agent', ({ from, to }) => from === 'agent/broker-link/native.ts' || !to.startsWith('native/')),
      [],
    ));
});

describe('what is loaded at the start', () => {
  /** Files that an entry evaluates before it imports anything late. */
  async function loadedBy(entry: string): Promise<string[]> {
    const options = {
      bundle: true,
      platform: 'node',
      metafile: true,
      write: false,
      logLevel: 'error',
    } as const;
    const { metafile } = await build({ ...options, entryPoints: [entry] });
    const loaded = new Set([entry]);
    for (const file of loaded)
      for (const { path, kind } of metafile.inputs[file]?.imports ?? [])
        if (kind !== 'dynamic-import' && metafile.inputs[path]) loaded.add(path);
    return [...loaded];
  }

  it('help, the version and mistakes of the command line come without a verb, the client and packages', async () => {
    const loaded = await loadedBy('agent/cli/main.ts');
    assert.ok(loaded.includes('agent/cli/help/help-text.ts'));
    assert.deepEqual(
      loaded.filter((file) => /^(node_modules|agent\/client|agent\/cli\/commands)\//.test(file)),
      [],
    );
  });

  it('the broker is forked before the inventory, the sessions and packages are loaded', async () => {
    const starts = ['agent/main.ts', 'agent/list-agent.ts', 'agent/server/fork.ts'];
    const loaded = (await Promise.all(starts.map(loadedBy))).flat();
    assert.ok(loaded.includes('agent/broker-link/native.ts'));
    const late =
      /^node_modules\/|^agent\/(inventory|live|actions|reconnect)\/|^agent\/server\/(serve|session)\.ts$/;
    assert.deepEqual(
      loaded.filter((file) => late.test(file)),
      [],
    );
  });
});

describe('bundles of clients', () => {
  const serverRooms = Object.keys(agentRooms).filter(
    (room) => ![...sharedRooms, 'mcp', 'cli'].includes(room),
  );
  for (const entry of ['agent/cli/main.ts', 'agent/client/library/index.ts', 'agent/protocol/index.ts'])
    it(`${entry} reaches no room of the server, and so not the addon`, async () => {
      const { metafile } = await build({
        entryPoints: [entry],
        bundle: true,
        platform: 'node',
        metafile: true,
        write: false,
        logLevel: 'error',
      });
      const inputs = Object.keys(metafile.inputs);
      assert.ok(inputs.includes(entry));
      assert.deepEqual(
        inputs.filter((file) => file.startsWith('agent/') && serverRooms.includes(roomOf(file) ?? '')),
        [],
      );
    });
});
