/** To be imported first: says that this Node.js is too old, which could not read the rest. A test compares it with the manifest. */

import { Exit } from './exit';

const oldest = 20;

if (Number.parseInt(process.versions.node, 10) < oldest) {
  console.error(
    `sockscope: Sockscope needs Node.js ${oldest} or newer, and this one (${process.execPath}) is ${process.versions.node}. Install a newer one, for example with nvm, and run sockscope with that.`,
  );
  process.exit(Exit.denied);
}
