/** What an agent was started from, in a sentence without its full stop. Pure. */

import type { ProgramFiles } from '../protocol';
import { list } from './process-text';

export function programText({ program, runtime, changeable }: ProgramFiles): string {
  const [one, other] = [`its program (${program})`, `its runtime (${runtime})`];
  if (changeable.length === 0) return `Only root can change ${one} and ${other}`;
  // Mostly one of them alone.
  return `Others than root can change ${one} or ${other}: ${list(changeable)}. For a copy that only root can change: sudo sockscope agent install`;
}
