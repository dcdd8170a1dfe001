/** All verbs, in the order of help. */

import { degrade, destroy, drill, outage, run, tune } from './act';
import { agent } from './agent';
import { completion, man } from './completion';
import { mcp } from './mcp';
import { free, nextPort, preflight, wait, why } from './ports';
import { capture, doctor, history, inspect, leaks, list, liveness, log } from './see';
import type { Syntax } from './syntax';

const all = {
  list,
  inspect,
  liveness,
  leaks,
  history,
  destroy,
  drill,
  outage,
  degrade,
  run,
  capture,
  tune,
  why,
  free,
  wait,
  'next-port': nextPort,
  preflight,
  mcp,
  log,
  doctor,
  agent,
  completion,
  man,
};

export type Verb = keyof typeof all;

export const syntaxes: Readonly<Record<Verb, Syntax>> = all;

/** `list`, `outage`, `outage list` and so on. */
export function everySyntax(): Syntax[] {
  return Object.values(syntaxes).flatMap((syntax) => [syntax, ...(syntax.verbs ?? [])]);
}
