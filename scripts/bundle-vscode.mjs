/**
 * An esbuild plugin: a bundle of the extension requires `vscode` once. VS Code finds out for each require which extension it comes
 * from, and for each import in our files esbuild would copy all properties of the API: together a third of the time to activate.
 */

import { readFileSync } from 'node:fs';

const ours = /\/extension\/.*\.ts$/;
const wholeImport = /^import \* as vscode from 'vscode';$/m;
const once = 'vscode-once';

/** Packages, too, copy the properties of what does not say that it is a module. */
const asModule = `module.exports = Object.create(require('vscode'), { __esModule: { value: true } });`;

export const vscodeOnce = {
  name: once,
  setup(build) {
    build.onLoad({ filter: ours }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(wholeImport, "const vscode = require('vscode');"),
    }));
    build.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === once ? { path: 'vscode', external: true } : { path: 'vscode', namespace: once },
    );
    build.onLoad({ filter: /.*/, namespace: once }, () => ({
      contents: asModule,
    }));
  },
};
