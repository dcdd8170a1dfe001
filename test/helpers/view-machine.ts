/** Sockets and views of them, without a kernel. */

import assert from 'node:assert/strict';
import type { SeenSocket } from '../../agent/inventory/inventory';
import type { Live } from '../../agent/live/live';
import { Marks } from '../../agent/live/marks';
import { PortMemory } from '../../agent/live/port-memory';
import { Traffic } from '../../agent/live/traffic';
import { View } from '../../agent/live/view';
import { Places } from '../../agent/live/view-groups';
import { ViewRows } from '../../agent/live/view-rows';
import {
  type Grouping,
  type Namespace,
  nothingLeftOut,
  parseFilter,
  rootGroup,
  type Show,
  type ViewChange,
  type ViewParams,
} from '../../agent/protocol';
import { Processes, readDirectory } from '../../agent/system/processes';

/** A machine that has just these sockets. */
export class Machine {
  readonly marks = new Marks();
  readonly ports = new PortMemory();
  readonly places = new Places();
  readonly traffic = new Traffic();
  viewRows = new ViewRows();
  readonly source = 'events';
  readonly processes = new Processes(
    async (pids) => pids.map(readDirectory),
    async () => [],
  );
  sockets: SeenSocket[] = [];
  namespaces: Namespace[] = [];
  readonly sent: ViewChange[] = [];
  /** Resolves the last sent change. */
  taken: (() => void)[] = [];

  get inventory() {
    return { all: () => this.sockets.values(), namespaces: this.namespaces, leftOut: nothingLeftOut };
  }

  view(params: Partial<ViewParams> = {}, named = (one: SeenSocket) => one): View {
    const parsed = parseFilter(params.filter ?? '');
    assert.ok(parsed.ok);
    return new View(
      {
        live: this as unknown as Live,
        own: 1,
        client: { uid: 1000, pid: 1 },
        processes: this.processes,
        named,
        namespaces: (all) => all,
        send: (change) => {
          this.sent.push(change);
          return new Promise((resolve) => this.taken.push(resolve));
        },
      },
      paramsOf(params),
      parsed.filter,
    );
  }
}

export function paramsOf(params: Partial<ViewParams>): ViewParams {
  return {
    view: 1,
    filter: '',
    show: 'everything' as Show,
    groupBy: 'process' as Grouping,
    workspace: { roots: [], folders: [] },
    open: { [rootGroup]: 100 },
    ...params,
  };
}
