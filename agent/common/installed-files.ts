/** The copy of Sockscope that `sockscope agent install` makes: what sudo starts from it, no user can change. */

import { join } from 'node:path';

/**
 * Not /usr/local/libexec: policies of SELinux give programs the label of programs in any `bin` below /usr/local/lib, and have no
 * rule for that folder.
 */
export const installFolder = '/usr/local/lib/sockscope';

/** In the copy: the command that checks it and starts it. */
export const launcher = join('bin', 'sockscope');

/** In the copy: a CopyManifest. Node.js looks for no package.json above it. */
export const copyManifest = 'package.json';

export interface CopyManifest {
  readonly name: 'sockscope';
  readonly version: string;
  readonly type: 'commonjs';
  /** `protocolNumber` of its agent. */
  readonly protocol: number;
  /** Path of the JavaScript runtime that runs it. */
  readonly runtime: string;
}
