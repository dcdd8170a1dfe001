/** The copy of Sockscope that `sockscope agent install` makes: what sudo starts from it, no user can change. */

import { join } from 'node:path';

/**
 * Not /usr/local/libexec: policies of SELinux give programs the label of programs in any `bin` below /usr/local/lib, and have no
 * rule for that folder.
 */
export const installFolder = '/usr/local/lib/sockscope';

/** In the copy: the command that checks it and starts it. */
export const launcher = join('bin', 'sockscope');

/** In the copy: a JavaScript runtime, where the machine has none that only root can change. */
export const ownRuntime = join('bin', 'node');

/** In the copy: SHA-256 of every other file in it, as sha256sum writes and checks them. */
export const hashList = 'SHA256SUMS';

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

/** Besides those above, in the copy as beside the command line that installs it. */
export const copiedFiles = [
  'THIRD-PARTY-NOTICES.md',
  'agent-server.js',
  'agent.js',
  'connect.js',
  'list-agent.js',
  'list-inventory.js',
  'list.js',
  'mcp.js',
  'run.js',
  'sockscope.js',
  'sockscope.node',
  'verbs.js',
] as const;
