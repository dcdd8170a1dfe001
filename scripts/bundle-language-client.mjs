/**
 * An esbuild plugin: vscode-languageclient without what serves documents in an editor, such as completion. It registers all of that by
 * itself, and our agent offers none: without it, the code is half as large, and loads in half of the time.
 */

import { join } from 'node:path';

const clientFile = join('node_modules', 'vscode-languageclient', 'lib', 'common', 'client.js');
const standIn = 'stand-in';

/** Modules that stand for others. */
const standIns = {
  // Each class is a feature that does nothing, or a message that nobody sends. The client calls the last two methods for each request.
  idle: `
class Idle {
  fillClientCapabilities() {}
  initialize() {}
  getState() { return { kind: 'static' }; }
  clear() {}
  onPendingChangeAdded() {}
  sendPendingOpenNotifications() {}
}
module.exports = new Proxy({}, { get: () => Idle });
`,
  // The client names the root of the workspace.
  converter: 'exports.createConverter = () => ({ asUri: String });',
  // The client names members of it among its capabilities.
  types: 'exports.DiagnosticTag = {};',
};

/** The imports of a file that get a stand-in. The first that fits counts. */
const rules = [
  {
    importer: /\/vscode-languageclient\/lib\/common\/client\.js$/,
    path: /^\.\/(code|protocol)Converter$/,
    by: 'converter',
  },
  {
    importer: /\/vscode-languageclient\/lib\/common\/client\.js$/,
    path: /^\.\/(?!features$|utils\/)/,
    by: 'idle',
  },
  {
    importer: /\/vscode-languageserver-protocol\/lib\/common\/protocol\.js$/,
    path: /^\.\/protocol\.(?!showDocument$)/,
    by: 'idle',
  },
  {
    importer: /\/vscode-languageserver-protocol\//,
    path: /^vscode-languageserver-types$/,
    by: 'types',
  },
];

export const idleFeatures = {
  name: 'idle-features',
  setup({ initialOptions, onResolve, onLoad }) {
    // All of the package that we use; its others would list all names of the protocol once more.
    onResolve({ filter: /^vscode-languageclient$/ }, () => ({
      path: join(initialOptions.absWorkingDir, clientFile),
    }));
    onResolve({ filter: /^(\.\/|vscode-languageserver-types$)/ }, ({ path, importer }) => {
      const rule = rules.find((one) => one.importer.test(importer) && one.path.test(path));
      return rule && { path: rule.by, namespace: standIn };
    });
    onLoad({ filter: /./, namespace: standIn }, ({ path }) => ({ contents: standIns[path] }));
  },
};
