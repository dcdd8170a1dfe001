/** Which ports a filter asks for, so that a list need not ask for all sockets. */

import type { Filter } from './filter';

/**
 * Every socket that matches has one of these ports at either end; null: the filter does not say so. That of a raw socket is the number of
 * its protocol, for the kernel, too.
 */
export function portsOfFilter(filter: Filter): readonly number[] | null {
  for (const term of filter) {
    const ports = term.negated ? null : portsOfTerm(term);
    if (ports?.every((port) => port > 0)) return ports;
  }
  return null;
}

function portsOfTerm(term: Filter[number]): readonly number[] | null {
  if (term.key === 'port') return term.values;
  if (term.key !== 'remote' && term.key !== 'addr') return null;
  const ports = term.values.flatMap(({ port }) => port ?? []);
  return ports.length === term.values.length ? ports : null;
}
