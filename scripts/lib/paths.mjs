/** Folders of this checkout. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Intermediates; git-ignored. */
export const build = join(root, 'build');

/** Products; git-ignored. */
export const dist = join(root, 'dist');

export const vsix = join(build, 'sockscope.vsix');

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
