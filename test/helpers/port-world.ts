/** A scripted agent for tests of pure code: one port, its holders, and the effects of signals and destroys. */

import { ResponseError } from 'vscode-jsonrpc';
import type { Requester } from '../../agent/client/requester';
import {
  type AgentInfo,
  type BindTrial,
  type DestroyParams,
  ErrorCode,
  nothingLeftOut,
  type Owner,
  type PlannedSignal,
  type PortHolder,
  type PortParams,
  type ProcessDetail,
  type ProcessId,
  packResults,
  packSockets,
  protocolNumber,
  type SignalParams,
  type SignalResult,
} from '../../agent/protocol';
import { socket } from './sockets';

export const netns = 1;

const remedies = {
  listener: 'signal',
  bound: 'signal',
  udp: 'signal',
  connection: 'destroy',
  orphan: 'destroy',
  'time-wait': 'destroy',
  client: 'none',
  published: 'stop-container',
  reserved: 'none',
} as const;

/** A holder of port 3000. */
export function holder(
  kind: PortHolder['kind'],
  owners: readonly Owner[],
  more: Partial<PortHolder> = {},
): PortHolder {
  const connected = ['connection', 'client', 'time-wait', 'orphan'].includes(kind);
  const sockets = [
    socket('127.0.0.1:3000', connected ? '127.0.0.1:51234' : null, { netns, owners: [...owners] }),
  ];
  return {
    kind,
    sockets,
    socketsLeftOut: 0,
    owners,
    blocks:
      kind === 'reserved' || (kind === 'published' && more.sockets?.length === 0)
        ? []
        : ['0.0.0.0', '127.0.0.1'],
    why: `${kind} holds it`,
    remedy: remedies[kind],
    respawn: null,
    ...more,
  };
}

export class PortWorld implements Requester {
  readonly info: AgentInfo;
  holders: PortHolder[];
  /** Parents by pid. */
  readonly parents = new Map<number, ProcessDetail['parents']>();
  /** Names by pid; else `node`. */
  readonly programs = new Map<number, string>();
  /** Pids that SIGTERM does not end. */
  readonly deaf = new Set<number>();
  /** Pids whose process status has SIGTERM as ignored. */
  readonly ignoring = new Set<number>();
  /** Pids that the scope does not cover. */
  readonly foreign = new Set<number>();
  readonly ended = new Set<number>();
  /** Methods that act, in order: `TERM 42`, `destroy 127.0.0.1:51234`. */
  readonly acts: string[] = [];
  /** Taken over: their sockets keep the port, but block no bind. */
  readonly deafened: PortHolder[] = [];
  /** Called after each act. */
  afterwards: (act: string) => void = () => {};
  /** Methods of all requests, in order. */
  readonly methods: string[] = [];

  constructor(holders: readonly PortHolder[], info: Partial<AgentInfo> = {}) {
    this.holders = [...holders];
    this.info = {
      version: '0.0.0',
      protocol: protocolNumber,
      mode: 'agent',
      pid: 9,
      uid: 1000,
      scope: 'mine',
      readOnly: false,
      engines: ['bpf'],
      ...info,
    };
  }

  async request<P, R>({ method }: { readonly method: string }, params: P): Promise<R> {
    this.methods.push(method);
    return this.#answer(method, params) as R;
  }

  /** Ends a process and its holders. */
  end(pid: number): void {
    this.ended.add(pid);
    this.holders = this.holders.flatMap((one) => {
      const owners = one.owners.filter((owner) => owner.pid !== pid);
      if (owners.length === one.owners.length) return [one];
      const sockets = one.sockets.map((socket) => ({ ...socket, owners }));
      return owners.length === 0 ? [] : [{ ...one, owners, sockets }];
    });
  }

  #answer(method: string, params: unknown): unknown {
    switch (method) {
      case 'ports/explain':
        return this.#explain(params as PortParams);
      case 'ports/bind':
        return { binds: this.#binds() };
      case 'processes/inspect':
        return this.#inspect(params as ProcessId);
      case 'processes/plan':
        return this.#plan(params as ProcessId);
      case 'processes/signal':
        return this.#signal(params as SignalParams);
      case 'sockets/plan':
        return { plan: (params as DestroyParams).targets.map((target) => ({ ...target, act: 'destroy' })) };
      case 'sockets/destroy':
        return this.#destroy(params as DestroyParams);
      case 'sockets/list':
        return {
          namespaces: [],
          leftOut: nothingLeftOut,
          sockets: packSockets(this.holders.flatMap(({ sockets }) => sockets)),
          total: 0,
          cursor: null,
        };
      default:
        throw new Error(`Unexpected request ${method}`);
    }
  }

  #explain({ port, protocol }: PortParams) {
    const namespace = { netns, own: false, name: null, container: null, errno: null };
    return {
      port,
      protocol,
      addresses: [],
      netns,
      namespaces: [namespace],
      binds: this.#binds(),
      holders: this.holders,
      leftOut: nothingLeftOut,
    };
  }

  /** Sockets that are not bound any more block only servers without SO_REUSEADDR. */
  #binds(): BindTrial[] {
    const bound = this.holders.some(({ kind }) =>
      ['listener', 'bound', 'udp', 'client', 'reserved'].includes(kind),
    );
    const error = (busy: boolean) => (busy ? 'EADDRINUSE' : null);
    return [
      { netns, address: '0.0.0.0', reuseaddr: false, error: error(this.holders.length > 0) },
      { netns, address: '0.0.0.0', reuseaddr: true, error: error(bound) },
    ];
  }

  #inspect({ pid, startTime }: ProcessId): ProcessDetail {
    if (this.ended.has(pid))
      throw new ResponseError(ErrorCode.notFound, `The process with pid ${pid} has ended`);
    return {
      pid,
      startTime,
      name: this.programs.get(pid) ?? 'node',
      command: 'node server.js',
      uid: 1000,
      user: null,
      workingDirectory: null,
      startedAt: '',
      parents: this.parents.get(pid) ?? [],
      cgroup: null,
      container: null,
      unit: null,
    };
  }

  #plan({ pid }: ProcessId): PlannedSignal {
    if (this.ended.has(pid)) return { act: 'gone', message: 'it had ended' };
    if (this.foreign.has(pid)) return { act: 'denied', message: `${pid} is another user's` };
    return { act: 'signal', message: '' };
  }

  #signal({ pid, signal }: SignalParams): SignalResult {
    if (this.ended.has(pid)) return { outcome: 'gone', message: 'it had ended' };
    const ignored = this.ignoring.has(pid);
    const stays = signal === 'TERM' && (ignored || this.deaf.has(pid));
    if (!stays) this.end(pid);
    this.#did(`${signal} ${pid}`);
    return stays
      ? { outcome: 'running', ignored, message: 'it still runs' }
      : { outcome: 'exited', message: 'it has ended' };
  }

  #destroy({ targets, takeOver }: DestroyParams) {
    const cookies = targets.map(({ cookie }) => cookie);
    const there = this.holders.flatMap(({ sockets }) => sockets.map(({ cookie }) => cookie));
    this.holders = this.holders.filter(
      ({ sockets }) => !sockets.some(({ cookie }) => cookies.includes(cookie)),
    );
    this.#did(`${takeOver ? 'take-over' : 'destroy'} ${targets.length}`);
    const ending = { engine: 'bpf', errno: null, message: 'it is gone' } as const;
    return packResults(
      targets.map(({ cookie }) => ({ ...ending, outcome: there.includes(cookie) ? 'destroyed' : 'gone' })),
    );
  }

  #did(act: string): void {
    this.acts.push(act);
    this.afterwards(act);
  }
}
