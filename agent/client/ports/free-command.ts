/** The command that frees a port, for a terminal in the network namespace of this process. */

import { ownNamespace } from '../../common/own-namespace';
import { portArgument } from '../../common/process-text';
import type { PortParams } from '../../protocol';

/** `sockscope free 127.0.0.1:3000`, `sockscope free 53 --udp --net 4026532000 --signal KILL`. */
export function freeCommand(params: PortParams, ...flags: readonly string[]): string {
  const { protocol, netns } = params;
  const elsewhere = netns !== null && netns !== ownNamespace();
  const options = `${protocol === 'udp' ? ' --udp' : ''}${elsewhere ? ` --net ${netns}` : ''}`;
  return [`sockscope free ${portArgument(params)}${options}`, ...flags].join(' ');
}
