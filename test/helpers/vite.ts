/** Vite, of this checkout's packages, for users who may not be able to read the checkout. */

import { join } from 'node:path';
import { copyPackages } from './packages';

/** Copies it and its dependencies, once, and returns the path of its program. */
export function copyVite(folder: string): string {
  copyPackages(folder, ['vite']);
  return join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
}
