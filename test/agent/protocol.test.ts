/** Clients that send invalid requests, or that ask for what they may not. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { ErrorCodes, RequestType } from 'vscode-jsonrpc';
import { constants } from '../../agent/broker-link/native';
import { Client } from '../../agent/client/connect';
import * as protocol from '../../agent/protocol';
import { ErrorCode, limits } from '../../agent/protocol';
import { methods } from '../../agent/server/methods';
import { startTimeOf } from '../../agent/system/process-stat';
import type { AgentProcess } from '../helpers/agent-process';
import { type Pair, type Place, places } from '../helpers/pairs';
import { PesteredAgent } from '../helpers/pestered-agent';
import { start } from '../helpers/programs';
import { unusedCookie } from '../helpers/sockets';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';
import { frame, introduction, Wire } from '../helpers/wire';

const [_ipv4] = places as [Place];

/** Valid parameters for sockets, ports and processes that do not exist. */
const held = { filter: 'remote:9', fault: 'refused', forMs: 1000, detach: false } as const;
const degraded = {
  degrade: 1,
  filter: 'remote:9',
  how: { kind: 'loss', percent: 5, seed: 7 },
  direction: 'both',
  forMs: 1000,
} as const;
const captured = { filter: 'remote:9', forMs: 1000, snap: 100 } as const;
const drilled = {
  drill: 1,
  filter: 'remote:9',
  times: 1,
  everyMs: 0,
  jitter: 0,
  waitMs: 1000,
  end: 'local',
  oneOfPool: false,
  hold: null,
} as const;

let stage: Stage;
let agent: AgentProcess;
let pair: Pair;
let pestered: PesteredAgent;

// One agent for all suites of this file.
before(async () => {
  if (withoutRoot) return;
  stage = new Stage();
  pestered = await PesteredAgent.start(stage);
  ({ agent, pair } = pestered);
});
after(() => stage?.close());

describe('requests to the agent', { skip: withoutRoot }, () => {
  describe('are checked', () => {
    let wire: Wire;
    let target: protocol.Target;
    let id = 1;
    before(async () => {
      wire = await Wire.open(stage.user.uid);
      assert.ok((await wire.ask(0, 'initialize', introduction)).result);
      target = await targetByCookie(await agent.client(), pair.client);
    });
    after(() => wire.close());

    it('a cancellation in the same chunk as its request is honoured', async () => {
      const times = { times: 2, everyMs: 3_600_000, jitter: 0, waitMs: 1000 };
      const params = {
        filter: 'pid:1 port:1',
        ...times,
        end: 'local',
        oneOfPool: false,
        hold: null,
        drill: 1,
      };
      const cancel = frame(JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 77 } }));
      // In one piece, so that both are there before the request is dispatched.
      const { id, result } = await wire.ask(77, 'drills/run', params, cancel);
      assert.deepEqual([id, (result as protocol.DrillResult).cancelled], [77, true]);
    });

    it('unknown methods are refused', async () => {
      for (const method of [
        'sockets/destroyAll',
        '',
        '__proto__',
        'constructor',
        'toString',
        'broker/exec',
      ]) {
        const { error } = await wire.ask(id++, method, {});
        assert.equal(error?.code, ErrorCodes.MethodNotFound, method);
      }
      await pestered.assertUnharmed();
    });

    it('parameters that do not fit the schema are refused', async () => {
      const { netns, cookie, ...rest } = target;
      const act = (changed: object) => ({ targets: [{ ...target, ...changed }] });
      const next = { filter: 'remote:9', at: 'connect', waitMs: 100 };
      const wrong: readonly [string, unknown][] = [
        ['sockets/destroy', undefined],
        ['sockets/destroy', null],
        ['sockets/destroy', []],
        ['sockets/destroy', [target]],
        ['sockets/destroy', {}],
        ['sockets/destroy', { targets: target }],
        ['sockets/destroy', { targets: [] }],
        ['sockets/destroy', { targets: new Array(limits.targets + 1).fill(target) }],
        ['sockets/destroy', { targets: [{ netns, ...rest }] }],
        ['sockets/destroy', { targets: [{ cookie, ...rest }] }],
        ['sockets/destroy', act({ cookie: Number(cookie) })],
        ['sockets/destroy', act({ cookie: '' })],
        ['sockets/destroy', act({ cookie: '-1' })],
        ['sockets/destroy', act({ cookie: '*' })],
        ['sockets/destroy', act({ cookie: '9'.repeat(21) })],
        ['sockets/destroy', act({ netns: -1 })],
        ['sockets/destroy', act({ netns: 2 ** 32 })],
        ['sockets/destroy', act({ netns: 1.5 })],
        ['sockets/destroy', act({ netns: String(netns) })],
        ['sockets/destroy', act({ protocol: 'sctp' })],
        ['sockets/destroy', act({ local: { ...target.local, port: 65_536 } })],
        ['sockets/destroy', act({ local: { ...target.local, port: -1 } })],
        ['sockets/destroy', act({ local: { ...target.local, port: String(target.local.port) } })],
        ['sockets/destroy', act({ local: { ...target.local, address: 'x'.repeat(46) } })],
        ['sockets/destroy', act({ local: { ...target.local, more: 1 } })],
        ['sockets/destroy', act({ local: null })],
        ['sockets/destroy', act({ remote: undefined })],
        ['sockets/destroy', act({ state: 'established' })],
        ['sockets/destroy', { targets: [target, 1] }],
        ['sockets/destroy', { targets: [target], engine: 'kill' }],
        ['sockets/destroy', { targets: [target], includeListeners: 1 }],
        ['sockets/destroy', { targets: [target], scope: 'all' }],
        ['sockets/destroy', { targets: [target], uid: 0 }],
        ['sockets/destroy', { targets: [target, target], includeLifeline: true }],
        ['sockets/destroyNext', {}],
        ['sockets/destroyNext', { ...next, at: 'close' }],
        ['sockets/destroyNext', { ...next, waitMs: 0 }],
        ['sockets/destroyNext', { ...next, waitMs: limits.waitMs + 1 }],
        ['sockets/destroyNext', { ...next, filter: 'x'.repeat(limits.filter + 1) }],
        ['sockets/destroyNext', { ...next, includeLifeline: true }],
        ['outages/start', {}],
        ['outages/start', { ...held, fault: 'slow' }],
        ['outages/start', { ...held, forMs: 0 }],
        ['outages/start', { ...held, forMs: limits.outageMs + 1 }],
        ['outages/start', { ...held, forMs: '1s' }],
        ['outages/start', { ...held, detach: 1 }],
        ['outages/start', { ...held, uid: 0 }],
        ['outages/start', { ...held, filter: 'x'.repeat(limits.filter + 1) }],
        ['degrades/run', {}],
        ['degrades/run', { ...degraded, how: { kind: 'latency' } }],
        ['degrades/run', { ...degraded, how: { kind: 'half-open', percent: 5 } }],
        ['degrades/run', { ...degraded, how: { ...degraded.how, percent: 0 } }],
        ['degrades/run', { ...degraded, how: { ...degraded.how, percent: 100.1 } }],
        ['degrades/run', { ...degraded, how: { ...degraded.how, seed: -1 } }],
        ['degrades/run', { ...degraded, how: { ...degraded.how, seed: 4_294_967_296 } }],
        ['degrades/run', { ...degraded, how: { kind: 'rate', bytesPerSecond: 19_999 } }],
        ['degrades/run', { ...degraded, how: { kind: 'rate', bytesPerSecond: 20_000.5 } }],
        ['degrades/run', { ...degraded, how: { kind: 'rate', bytesPerSecond: 1_000_000_001 } }],
        ['degrades/run', { ...degraded, how: { kind: 'rate', bytesPerSecond: 20_000, percent: 5 } }],
        ['degrades/run', { ...degraded, direction: 'up' }],
        ['degrades/run', { ...degraded, forMs: limits.outageMs + 1 }],
        ['captures/start', {}],
        ['captures/start', { ...captured, forMs: 0 }],
        ['captures/start', { ...captured, forMs: limits.captureMs + 1 }],
        ['captures/start', { ...captured, snap: 0 }],
        ['captures/start', { ...captured, snap: limits.packet + 1 }],
        ['captures/start', { ...captured, uid: 0 }],
        ['captures/read', { capture: 1 }],
        ['captures/stop', { capture: 1 }],
        ['outages/stop', {}],
        ['outages/stop', { id: '1' }],
        ['outages/stop', { id: -1 }],
        ['outages/list', { all: true }],
        ['drills/run', {}],
        ['drills/run', { ...drilled, drill: -1 }],
        ['drills/run', { ...drilled, times: 0 }],
        ['drills/run', { ...drilled, times: limits.drillRounds + 1 }],
        ['drills/run', { ...drilled, times: 1.5 }],
        ['drills/run', { ...drilled, everyMs: -1 }],
        ['drills/run', { ...drilled, jitter: 2 }],
        ['drills/run', { ...drilled, jitter: null }],
        ['drills/run', { ...drilled, waitMs: 0 }],
        ['drills/run', { ...drilled, waitMs: limits.drillMs + 1 }],
        ['drills/run', { ...drilled, end: 'both' }],
        ['drills/run', { ...drilled, hold: {} }],
        ['drills/run', { ...drilled, hold: { fault: 'refused', ms: 0 } }],
        ['drills/run', { ...drilled, hold: { fault: 'refused', ms: 1, detach: true } }],
        ['drills/run', { ...drilled, session: 1 }],
        ['sockets/list', {}],
        ['sockets/list', { filter: 1 }],
        ['sockets/list', { filter: '', cursor: 1 }],
        ['sockets/list', { filter: '', limit: 10 }],
        ['audit/read', {}],
        ['audit/read', { since: -1 }],
        ['audit/read', { since: 1.5 }],
        ['audit/read', { since: '1970' }],
        ['audit/read', { since: 0, uid: 0 }],
        ['agent/stop', { now: true }],
        ['agent/status', [1]],
      ];
      for (const [method, params] of wrong) {
        const { error, result } = await wire.ask(id++, method, params);
        assert.equal(
          error?.code,
          ErrorCodes.InvalidParams,
          `${method} ${JSON.stringify(params)?.slice(0, 200)} ${JSON.stringify(result)}`,
        );
      }
      await pestered.assertUnharmed();
    });

    it('an own __proto__ key is refused as unknown', async () => {
      const params = JSON.parse(`{"targets":[${JSON.stringify(target)}],"__proto__":{"engine":"bpf"}}`);
      assert.equal((await wire.ask(id++, 'sockets/destroy', params)).error?.code, ErrorCodes.InvalidParams);
      await pestered.assertUnharmed();
    });

    it('filters with mistakes and cursors of other listings are refused', async () => {
      const codes: readonly [string, object, number][] = [
        ['sockets/list', { filter: 'prot:1' }, ErrorCode.invalidFilter],
        ['sockets/destroyNext', { filter: '', at: 'connect', waitMs: 100 }, ErrorCode.invalidFilter],
        ['sockets/destroyNext', { filter: 'python3', at: 'connect', waitMs: 100 }, ErrorCode.invalidFilter],
        ['outages/start', { ...held, filter: '' }, ErrorCode.invalidFilter],
        ['outages/start', { ...held, filter: 'python3' }, ErrorCode.invalidFilter],
        ['outages/start', { ...held, filter: 'state:established' }, ErrorCode.invalidFilter],
        ['outages/start', { ...held, filter: 'remote:9 -pid:1' }, ErrorCode.invalidFilter],
        ['outages/start', { ...held, filter: `cookie:${unusedCookie}` }, ErrorCode.notFound],
        ['outages/stop', { id: 4711 }, ErrorCode.notFound],
        ['captures/start', { ...captured, filter: '' }, ErrorCode.invalidFilter],
        ['captures/start', { ...captured, filter: 'python3' }, ErrorCode.invalidFilter],
        ['captures/start', { ...captured, filter: `cookie:${unusedCookie}` }, ErrorCode.notFound],
        ['captures/read', {}, ErrorCode.notFound],
        ['captures/stop', {}, ErrorCode.notFound],
        ['drills/run', { ...drilled, filter: '' }, ErrorCode.invalidFilter],
        ['drills/run', { ...drilled, filter: 'python3' }, ErrorCode.invalidFilter],
        ['sockets/list', { filter: '', cursor: '999:0' }, ErrorCode.cursorExpired],
        ['sockets/list', { filter: '', cursor: 'x' }, ErrorCode.cursorExpired],
      ];
      for (const [method, params, code] of codes)
        assert.equal((await wire.ask(id++, method, params)).error?.code, code, JSON.stringify(params));
      await pestered.assertUnharmed();
    });
  });
});

describe('methods of the agent', { skip: withoutRoot }, () => {
  describe('state their access', () => {
    const view = {
      view: 1,
      filter: '',
      show: 'everything',
      groupBy: 'process',
      workspace: { roots: [], folders: [] },
      open: { '': 10 },
    };

    it('R2: every method of the protocol is in the table once, with its access', () => {
      const named = Object.values(protocol).flatMap((value) =>
        value instanceof RequestType ? [value.method] : [],
      );
      assert.deepEqual(methods.map(({ name }) => name).sort(), named.sort());
      const acting = methods.filter(({ access }) => access === 'act').map(({ name }) => name);
      assert.deepEqual(acting.sort(), [
        'captures/read',
        'captures/start',
        'captures/stop',
        'degrades/run',
        'drills/run',
        'outages/start',
        'outages/stop',
        'processes/signal',
        'sockets/destroy',
        'sockets/destroyNext',
        'sockets/tune',
      ]);
      assert.ok(methods.every(({ access }) => access === 'act' || access === 'see'));
      // The audit log names the method; binds below port 1024 take root's right. What is read was captured by another one.
      const audited = acting.filter((name) => name !== 'captures/read');
      assert.deepEqual(
        Object.keys(constants.claimedMethod).sort(),
        [...audited, 'ports/bind', 'ports/explain'].sort(),
      );
    });

    it('the observer answers methods that read and refuses methods that act', async () => {
      const observer = start(
        [process.execPath, `${stage.folder}/agent.js`, 'observe'],
        { ...stage },
        { stdio: 'pipe' },
      );
      assert.ok(observer.stdout && observer.stdin);
      const client = await Client.over(observer.stdout, observer.stdin, () => observer.stdin?.end());
      assert.deepEqual([client.info.mode, client.info.engines], ['observer', []]);
      const target = await targetByCookie(client, pair.client);
      const { plan } = await client.request(protocol.planDestroy, { targets: [target] });
      assert.equal(plan.length, 1);
      await assert.rejects(destroyOne(client, target), isRefusal);
      const next = { filter: 'remote:9', at: 'connect', waitMs: 100 } as const;
      await assert.rejects(client.request(protocol.destroyNext, next), isRefusal);
      await assert.rejects(client.request(protocol.startOutage, held), isRefusal);
      await assert.rejects(client.request(protocol.stopOutage, { id: 1 }), isRefusal);
      await assert.rejects(client.request(protocol.runDrill, drilled), isRefusal);
      assert.deepEqual(await client.request(protocol.listOutages, {}), { outages: [] });
      const ended = once(observer, 'exit');
      client.close();
      assert.deepEqual(await ended, [0, null]);
      await pestered.assertUnharmed();
    });

    const isRefusal = ({ code }: { code: number }) =>
      code === ErrorCode.needsAgent || code === ErrorCode.readOnly;

    it('R2: a read-only agent refuses every method that acts and answers the others', async () => {
      await pestered.restart(['--read-only']);
      const client = await pestered.agent.client();
      const targets = [await targetByCookie(client, pair.client)];
      const params: Record<string, object> = {
        'sockets/destroy': { targets },
        'sockets/destroyNext': { filter: 'remote:9', at: 'connect', waitMs: 100 },
        'sockets/plan': { targets },
        'sockets/timers': { targets },
        'sockets/tune': { targets, tuning: null },
        'sockets/list': { filter: '' },
        'sockets/listJson': { filter: '' },
        'sockets/watch': { filter: '' },
        'sockets/unwatch': { watch: 1 },
        'sockets/inspect': { target: targets[0] ?? {} },
        'processes/inspect': { pid: process.pid, startTime: startTimeOf(process.pid) },
        'processes/plan': { pid: 1, startTime: '0' },
        'processes/signal': { pid: 1, startTime: '0', signal: 'TERM', graceMs: 0 },
        'outages/start': held,
        'degrades/run': degraded,
        'captures/start': captured,
        'outages/stop': { id: 1 },
        'drills/run': drilled,
        'ports/bind': { port: 12_600, protocol: 'tcp', netns: null },
        'ports/explain': { port: 12_600, protocol: 'tcp', netns: null },
        'containers/name': { containers: [] },
        'audit/read': { since: 0 },
        'history/list': { filter: '' },
        'view/set': view,
        'view/close': { view: 1 },
        'view/locate': { view: 1, socket: { netns: 1, cookie: unusedCookie } },
        'view/refresh': { view: 1 },
      };
      const wire = await Wire.open(stage.user.uid);
      await wire.ask(0, 'initialize', introduction);
      const { result } = await wire.ask(1, 'view/set', view);
      const [group] = protocol.unpackChange(result as protocol.PackedChange).groups.set;
      params['view/sockets'] = { view: 1, group: group?.id };
      for (const [id, { name, access }] of methods.entries()) {
        // Last, because it may be stopped, and because a closed view answers no more.
        if (name === 'agent/stop' || name === 'view/close') continue;
        const { error } = await wire.ask(id + 2, name, params[name] ?? {});
        assert.equal(error?.code, access === 'act' ? ErrorCode.readOnly : undefined, name);
      }
      wire.close();
      await pestered.assertUnharmed();
      const words = ['destroy', `cookie:${pair.client.cookie}`, '--yes'];
      const { code, stderr } = await stage.sockscope(words);
      assert.deepEqual([code, /--read-only/.test(stderr)], [3, true]);
      await pestered.assertUnharmed();
    });
  });
});
