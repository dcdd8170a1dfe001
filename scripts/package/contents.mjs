/** The files of each package, and no others; the addon is added. Tests and installed copies rely on these lists. */

const documents = ['CHANGELOG.md', 'LICENSE', 'README.md'];

/** They start each other, and lie in one folder. */
const programs = [
  'dist/THIRD-PARTY-NOTICES.md',
  'dist/agent-server.js',
  'dist/agent.js',
  'dist/connect.js',
  'dist/list-agent.js',
  'dist/list-inventory.js',
  'dist/list.js',
  'dist/mcp.js',
  'dist/run.js',
  'dist/sockscope.js',
  'dist/verbs.js',
];

const languages = ['de', 'zh-cn'];

/** What the manifest names, and the texts in each language. */
const manifestFiles = [
  'package.nls.json',
  ...languages.map((language) => `package.nls.${language}.json`),
  ...languages.map((language) => `extension/l10n/bundle.l10n.${language}.json`),
  'extension/media/icon.png',
  'extension/media/sockscope.svg',
];

/** Of the walkthrough. */
const pictures = ['destroy', 'drill', 'free', 'see'].map((name) => `extension/media/walkthrough/${name}.svg`);

export const contents = {
  extension: [
    ...documents,
    ...manifestFiles,
    ...pictures,
    ...programs,
    'dist/extension.js',
    'dist/language-client.js',
    'dist/timeline.css',
    'dist/timeline.js',
    'dist/history.js',
    'dist/history.css',
    'dist/tool-calls.js',
  ],
  /** For systems on which nothing of Sockscope works: it says where it does. */
  universal: [...documents, ...manifestFiles, 'dist/unsupported.js'],
  npm: [
    ...documents,
    ...programs,
    'agent/cli/help/sockscope.1',
    'dist/client/index.cjs',
    'dist/client/index.d.ts',
    'dist/client/index.mjs',
    'dist/jest/index.cjs',
    'dist/jest/index.d.cts',
    'dist/scenario.schema.json',
    'dist/vitest/index.d.mts',
    'dist/vitest/index.mjs',
  ],
};
