/**
 * An esbuild plugin: vscode-languageclient without what serves documents in an editor, such as completion. It registers all of that by
 * itself, and our agent offers none: without it, the code loads in two thirds of the time.
 */

const clientFiles = /\/vscode-languageclient\/lib\/common\/(api|client)\.js$/;
/** What remains; the client calls textSynchronization for each request. */
const used =
  /^\.\/(client|features|codeConverter|protocolConverter|progressPart|textSynchronization|utils\/\w+)$/;
const idle = 'idle-features';

/** In place of such a module: each of its classes is a feature that does nothing. */
const idleModule = `
class IdleFeature {
  fillClientCapabilities() {}
  initialize() {}
  getState() { return { kind: 'static' }; }
  clear() {}
}
module.exports = new Proxy({}, { get: () => IdleFeature });
`;

export const idleFeatures = {
  name: idle,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\// }, ({ path, importer }) =>
      clientFiles.test(importer) && !used.test(path) ? { path, namespace: idle } : undefined,
    );
    onLoad({ filter: /.*/, namespace: idle }, () => ({ contents: idleModule }));
  },
};
