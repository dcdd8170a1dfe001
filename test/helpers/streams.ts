/** The test's end of victims/stream.py: what passes over a connection when one end sends as much as it can. */

import { join } from 'node:path';
import type { RunOptions } from './programs';
import type { Puppet } from './puppet';
import { python, type Stage } from './stage';

export function streamer(stage: Stage, runOptions: RunOptions = {}): Promise<Puppet> {
  return stage.victim([python, join(stage.folder, 'stream.py')], runOptions);
}

/** Bytes a second that the receiver got. Both ends have the connection by the same name. */
export async function throughput(
  sender: Puppet,
  receiver: Puppet,
  name: string,
  seconds: number,
): Promise<number> {
  const [, bytes] = await Promise.all([
    sender.command('pour', { name, seconds }),
    receiver.command('drain', { name, seconds }),
  ]);
  return (bytes as number) / seconds;
}
