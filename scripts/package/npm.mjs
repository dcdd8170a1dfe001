/** Packages the command line, the agent and the library with npm. */

import { dirname } from 'node:path';
import { npmCommand } from '../lib/npm.mjs';
import { manifest } from '../lib/paths.mjs';
import { output } from '../lib/run.mjs';
import { contents } from './contents.mjs';
import { npmManifest } from './manifests.mjs';
import { requireSame, stage } from './stage.mjs';

/** `addons`: by target, the file. The tarball is NAME-VERSION.tgz in the folder of `packagePath`. */
export function packageNpm(addons, packagePath) {
  const files = Object.fromEntries(
    Object.entries(addons).map(([target, addon]) => [`dist/${target}/sockscope.node`, addon]),
  );
  const folder = stage('npm', npmManifest(manifest), contents.npm, files);
  const [command, ...first] = npmCommand();
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', dirname(packagePath)];
  const [packed] = JSON.parse(output(command, [...first, ...options], { cwd: folder }));
  const expected = ['package.json', ...contents.npm, ...Object.keys(files)];
  requireSame(
    packed.files.map(({ path }) => path),
    expected,
  );
}
