/** Where the addon lies. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the programs in `folder`; in the npm package, which is for several kinds of machines, in the folder of this kind. */
export function addonPath(folder: string): string {
  const name = 'sockscope.node';
  const ofThisKind = join(folder, `${process.platform}-${process.arch}`, name);
  return existsSync(ofThisKind) ? ofThisKind : join(folder, name);
}
