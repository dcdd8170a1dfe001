/** The ports that files name, against who has them now. */

import type { ProcessDetail } from '../../protocol';
import { isBindable } from '../ports/bindable';
import { isInTheWay } from '../ports/explain-port';
import type { Explanation, NextStep } from '../ports/free-types';
import type { PortPlace } from './project-files';

export interface CheckedPort {
  readonly port: number;
  /** A server is to bind it; else clients alone name it. */
  readonly server: boolean;
  readonly places: readonly Omit<PortPlace, 'port'>[];
  /** It can be bound now, as dev servers bind. */
  readonly free: boolean;
  /** Who or what has it; null: nobody. */
  readonly holder: string | null;
  readonly processes: readonly ProcessDetail[];
  /** What frees it. */
  readonly next: readonly NextStep[];
}

/** In the order of ports. `explain` is called only for those that cannot be bound. */
export async function checkPorts(
  places: readonly PortPlace[],
  explain: (port: number) => Promise<Explanation>,
): Promise<CheckedPort[]> {
  const ports = [...new Set(places.map(({ port }) => port))].sort((one, other) => one - other);
  const checked: CheckedPort[] = [];
  for (const port of ports)
    checked.push(
      await checkPort(
        port,
        places.filter((place) => place.port === port),
        explain,
      ),
    );
  return checked;
}

async function checkPort(
  port: number,
  places: readonly PortPlace[],
  explain: (port: number) => Promise<Explanation>,
): Promise<CheckedPort> {
  const named = {
    port,
    server: places.some(({ server }) => server),
    places: places.map(({ port: _, ...place }) => place),
  };
  if (await isBindable(port)) return { ...named, free: true, holder: null, processes: [], next: [] };
  const explanation = await explain(port);
  const { processes, next } = explanation;
  return { ...named, free: false, holder: holderText(explanation), processes, next };
}

function holderText({ holders, summary }: Explanation): string {
  const inTheWay = holders.filter(isInTheWay).map(({ why }) => why);
  return inTheWay.length === 0 ? summary : inTheWay.join('; ');
}
