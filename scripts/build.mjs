/** Builds dist/: the addon, the extension, the agent, the command line and the library for test suites. */

import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildNative } from './build-native.mjs';
import { idleFeatures } from './bundle-language-client.mjs';
import { bundleTypes } from './bundle-types.mjs';
import { vscodeOnce } from './bundle-vscode.mjs';
import { partsOf } from './lib/parts.mjs';
import { build, dist, manifest, root } from './lib/paths.mjs';
import { Failure, main, output, run, step } from './lib/run.mjs';
import { writeNotices } from './notices.mjs';
import { writeBom } from './sbom.mjs';
import { setup } from './setup.mjs';

/**
 * vscode-jsonrpc names pipes with it, which none of our programs has. Loading it takes 4 ms of a start, so it is loaded when it
 * is called.
 */
const lateCrypto = {
  name: 'late-crypto',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^crypto$/ }, ({ importer }) =>
      importer.includes('/vscode-jsonrpc/') ? { path: 'crypto', namespace: 'late' } : undefined,
    );
    onLoad({ filter: /^crypto$/, namespace: 'late' }, () => ({
      contents: ['randomBytes', 'randomUUID']
        .map((name) => `exports.${name} = (...given) => require('node:crypto').${name}(...given);`)
        .join('\n'),
    }));
  },
};

/**
 * The types of requests and their errors are all that most files need of it. All of it takes 5 ms of a start, and is loaded where there is a
 * connection, as `vscode-jsonrpc/node`.
 */
const messagesAlone = {
  name: 'messages-alone',
  setup({ initialOptions, onResolve, resolve }) {
    // Tests load whole packages, and so must what they test.
    if (initialOptions.packages === 'external') return;
    onResolve({ filter: /^vscode-jsonrpc$/ }, ({ importer, kind }) =>
      importer.startsWith(join(root, 'agent'))
        ? resolve('./lib/common/messages.js', {
            resolveDir: join(root, 'node_modules', 'vscode-jsonrpc'),
            kind,
          })
        : undefined,
    );
  },
};

/**
 * Modules that have bundles of their own where they are imported late: Node compiles a bundle whole, of which a verb needs little. The
 * agent and a list fork their brokers before they load the rest.
 */
const lateBundles = {
  'agent/cli/commands/index': 'verbs',
  'agent/cli/commands/list': 'list',
  'agent/cli/commands/run': 'run',
  'agent/cli/connect': 'connect',
  'agent/server/in-process': 'list-inventory',
  'agent/server/modes': 'agent-server',
  'agent/mcp/server': 'mcp',
};

const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, kind }) => {
      const name = lateBundles[relative(root, join(resolveDir, path))];
      return name && kind === 'dynamic-import' ? { path: `./${name}.js`, external: true } : undefined;
    });
  },
};

/** Options of every bundle of this project, tests included. */
export const bundleOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  legalComments: 'none',
  define: { SOCKSCOPE_VERSION: JSON.stringify(manifest.version) },
  plugins: [lateCrypto, messagesAlone],
};

/** Bundles with esbuild, which exists only after setup. Resolves with the files that it read. */
export async function bundle(options) {
  const { build } = await import('esbuild');
  try {
    const { metafile } = await build({ ...bundleOptions, ...options, metafile: true });
    return Object.keys(metafile.inputs);
  } catch (error) {
    throw new Failure(`The bundle failed: ${error.message}`);
  }
}

/** Node.js reads each file before it runs. Names stay, and lines are short, for the errors that it prints. */
const shorter = { minifyWhitespace: true, minifySyntax: true, lineLimit: 120 };

async function bundleProducts() {
  const extension = await bundle({
    entryPoints: {
      extension: 'extension/extension.ts',
      'language-client': 'extension/connection/language-client.ts',
      'tool-calls': 'extension/tools/tool-calls.ts',
      unsupported: 'extension/base/unsupported.ts',
    },
    external: ['./language-client', './tool-calls'], // loaded late
    plugins: [...bundleOptions.plugins, vscodeOnce, idleFeatures],
    supported: { 'dynamic-import': false }, // VS Code gives `vscode` to what is required
    ...shorter,
    outdir: dist,
  });
  const page = await bundle({
    entryPoints: [
      { in: 'extension/webview/main.ts', out: 'timeline' },
      { in: 'extension/webview/timeline.css', out: 'timeline' },
      { in: 'extension/webview/history.ts', out: 'history' },
      { in: 'extension/webview/history.css', out: 'history' },
    ],
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    outdir: dist,
  });
  const command = await bundleCommandLine();
  const library = await bundleLibrary();
  const helpers = await bundleHelpers();
  const parts = partsOf([...extension, ...page, ...command, ...library, ...helpers]);
  writeNotices(parts);
  writeBom(parts);
}

/** Reads the first file of the command line, which then says which one it needs (agent/cli/require-node.ts). */
const readableNode = 'node10.4';

async function bundleCommandLine() {
  const options = {
    plugins: [...bundleOptions.plugins, apart],
    supported: { 'dynamic-import': false }, // by which Node.js would load a module system that nothing else needs
    ...shorter,
    outdir: dist,
  };
  const sockscope = { sockscope: 'agent/cli/main.ts' };
  const banner = { js: '#!/usr/bin/env node' };
  const command = await bundle({ ...options, entryPoints: sockscope, banner, target: readableNode });
  chmodSync(join(dist, 'sockscope.js'), 0o755);
  const late = Object.entries(lateBundles).map(([path, name]) => [name, `${path}.ts`]);
  const { mcp, ...others } = Object.fromEntries(late);
  const entryPoints = { agent: 'agent/main.ts', 'list-agent': 'agent/list-agent.ts', ...others };
  // Nearly all of it is the SDK, which is half as large this way.
  const server = await bundle({ ...options, entryPoints: { mcp }, minify: true });
  const verbs = await bundle({ ...options, entryPoints });
  const schema = output(process.execPath, [join(dist, 'sockscope.js'), 'run', '--schema']);
  writeFileSync(join(dist, 'scenario.schema.json'), schema);
  return [...command, ...server, ...verbs];
}

/** One copy of the code for both kinds of import, so that both have the same classes. */
async function bundleLibrary() {
  const folder = join(dist, 'client');
  const inputs = await bundle({
    entryPoints: { index: 'agent/client/library/index.ts' },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
  });
  writeFileSync(join(folder, 'index.mjs'), "export * from './index.cjs';\n");
  const emitted = join(build, 'types', 'library');
  await run(join(root, 'node_modules', '.bin', 'tsc'), ['--project', 'agent/client/library'], { cwd: root });
  const types = bundleTypes(join(emitted, 'client', 'library', 'index.d.ts'));
  writeFileSync(join(folder, 'index.d.ts'), types);
  return inputs;
}

/** Helpers use the library as everybody does: its classes are the same. */
const libraryApart = {
  name: 'library-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/library$/ }, () => ({ path: '../client/index.cjs', external: true }));
  },
};

async function bundleHelpers() {
  const helpers = join('agent', 'client', 'helpers');
  const options = { plugins: [...bundleOptions.plugins, libraryApart], external: ['vitest'] };
  const vitest = await bundle({
    ...options,
    entryPoints: { index: join(helpers, 'vitest', 'index.ts') },
    format: 'esm',
    outdir: join(dist, 'vitest'),
    outExtension: { '.js': '.mjs' },
  });
  const jest = await bundle({
    ...options,
    entryPoints: { index: join(helpers, 'jest', 'index.ts') },
    outdir: join(dist, 'jest'),
    outExtension: { '.js': '.cjs' },
  });
  for (const types of ['vitest/index.d.mts', 'jest/index.d.cts'])
    copyFileSync(join(root, helpers, types), join(dist, types));
  return [...vitest, ...jest];
}

/** All but the addon, of which a package has another. */
export async function buildPrograms() {
  await setup('build');
  await step('Bundle the extension, the agent, the command line and the library', bundleProducts);
}

async function buildOnce() {
  await setup('build');
  await step('Build the addon', () => buildNative());
  await buildPrograms();
}

let built;

/** Builds what changed; once per run. */
export function buildAll() {
  built ??= buildOnce();
  return built;
}

/** For a process beside one that has built: two would write the same files. */
export function relyOnBuild() {
  built = Promise.resolve();
}

await main(import.meta.url, () => buildAll());
