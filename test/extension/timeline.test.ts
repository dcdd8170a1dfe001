/** Drills, outages and the timeline without dialogs, which the workbench refuses during tests. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { readScenario } from '../../agent/client/scenario/read-scenario';
import type {
  DegradeParams,
  DegradeResult,
  DrillParams,
  DrillResult,
  Outage,
  OutageParams,
} from '../../agent/protocol';
import type { SockscopeApi } from '../../extension/api';
import { commands } from '../../extension/base/ids';
import { drillParams } from '../helpers/drills';
import { Program } from './program';
import { activate, becomes, eventually, run } from './sockscope';

const root = process.getuid?.() === 0;
const does = <T>(command: string, params: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(command, params);

const panels = () =>
  vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ label }) => label === 'Reconnects');

describe('the timeline', () => {
  let api: SockscopeApi;
  let folder: string;

  before(async () => {
    api = await activate();
    folder = mkdtempSync(join(tmpdir(), 'sockscope-runs-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const saved = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return vscode.Uri.file(join(folder, name));
  };

  it('has one panel', async () => {
    await run(commands.showTimeline);
    await run(commands.showTimeline);
    await becomes(() => panels().length === 1);
  });

  it('refuses a file that is no saved run, with the reason', async () => {
    const before = api.runs().length;
    for (const text of ['', '{"schema":1}', '[]'])
      assert.equal(await does(commands.showTimeline, saved('wrong.json', text)), undefined);
    assert.equal(api.runs().length, before);
  });

  it('drills nothing, and starts no agent, without a confirmation', async () => {
    for (const command of [commands.drill, commands.holdDown]) {
      const answer = run(command);
      // As soon as its first question is open, which takes a while on a busy machine.
      const closing = setInterval(
        () => void vscode.commands.executeCommand('workbench.action.closeQuickOpen'),
        500,
      );
      try {
        assert.equal(await answer, undefined);
      } finally {
        clearInterval(closing);
      }
    }
    assert.notEqual(api.agent()?.mode, 'agent');
  });

  describe(`with an agent${root ? '' : ' (needs an extension host run by root)'}`, () => {
    let program: Program;

    before(async function () {
      if (!root) this.skip();
      program = await Program.start('127.0.0.1');
      await run(commands.startAgent);
      await eventually(api, () => api.agent()?.mode === 'agent');
    });

    after(async () => {
      if (api.agent()?.mode === 'agent') await run(commands.stopAgent);
      program?.stop();
    });

    /** The client ends; the program holds both ends. */
    const filter = () => `pid:${program.pid} remote:${program.port}`;
    const drill = (more: Partial<DrillParams>) =>
      does<DrillResult>(commands.drill, { ...drillParams, filter: filter(), ...more });
    const newest = () => api.runs().at(-1);

    it('cuts one of a pool, and shows the round with what the agent measured', async () => {
      const result = await drill({ times: 1, waitMs: 500, oneOfPool: true });
      const [round] = result.rounds;
      assert.equal(round?.destroyed, 1);
      assert.equal(newest()?.state, 'Done');
      assert.equal(newest()?.elapsedMs, null);
      const [view] = newest()?.rounds ?? [];
      assert.equal(view?.cells[1], round?.verdict);
      assert.equal(view?.marks[0]?.kind, 'destroyed');
      assert.equal(program.lives, true);
    });

    it('exports a run, and reads the same run back', async () => {
      const id = newest()?.id ?? 0;
      const file = vscode.Uri.file(join(folder, 'run.json'));
      await api.exportRun(id, 'json', file);
      await does(commands.showTimeline, file);
      assert.equal(newest()?.state, 'Read from a file');
      assert.deepEqual(newest()?.rounds, api.runs().find((run) => run.id === id)?.rounds);
      const table = vscode.Uri.file(join(folder, 'run.csv'));
      await api.exportRun(id, 'csv', table);
      const text = readFileSync(table.fsPath, 'utf8');
      assert.match(text, /^target,round,/);
      assert.match(text, new RegExp(`^${filter()},1,\\S+Z,destroyed,0,0,`, 'm'));
    });

    it('saves a run as a scenario, which names the process in place of its pid', async () => {
      const file = vscode.Uri.file(join(folder, 'run.yml'));
      await api.exportRun(newest()?.id ?? 0, 'yml', file);
      const read = readScenario(readFileSync(file.fsPath, 'utf8'));
      assert.deepEqual(
        read.ok &&
          read.scenario.steps.map((step) => (step.kind === 'wait' ? step.filter : step.params.filter)),
        Array.from({ length: 2 }, () => filter().replace(/pid:\d+/, 'process:node')),
      );
    });

    it('shows a round as missed if nothing matches', async () => {
      const { rounds } = await drill({ filter: `${filter()} state:close-wait`, times: 1 });
      assert.equal(rounds[0]?.verdict, 'missed');
      assert.deepEqual(
        newest()?.rounds[0]?.marks.map(({ kind }) => kind),
        ['missed'],
      );
    });

    it('shows events while a drill runs', async () => {
      const running = drill({ times: 1, waitMs: 3000 });
      await becomes(
        () => /^Running: round 1 of 1/.test(newest()?.state ?? '') && newest()?.rounds.length === 1,
      );
      assert.notEqual(newest()?.elapsedMs, null);
      await running;
    });

    it('holds a remote down, shows it in the status bar, and stops it', async () => {
      const params: OutageParams = { filter: filter(), fault: 'refused', forMs: 60_000, detach: false };
      const { id, fault } = await does<Outage>(commands.holdDown, params);
      assert.equal(fault, 'refused');
      await becomes(() => /held down: \d+ s left/.test(api.outages()));
      assert.equal(await program.connect(), 0, 'no connection');
      assert.ok(program.broken.some(({ errno }) => errno === 'ECONNREFUSED'));
      const stopped = await run<Outage>(commands.stopOutage);
      assert.equal(stopped.id, id);
      assert.equal(stopped.connects, 1);
      await becomes(() => api.outages() === '');
      assert.equal(await program.echoes(await program.connect()), true);
    });

    it('loses packets, shows that in the status bar, and says what was measured', async () => {
      const how = { kind: 'loss', percent: 1, seed: 7 } as const;
      const params: DegradeParams = { filter: filter(), how, direction: 'both', forMs: 60_000 };
      const running = does<DegradeResult>(commands.degrade, params);
      await becomes(() => /degraded: \d+ s left/.test(api.outages()));
      assert.notEqual(await program.connect(), 0);
      const stopped = await run<Outage>(commands.stopOutage);
      const { outage, measured } = await running;
      assert.deepEqual([outage.id, outage.fault], [stopped.id, 'loss']);
      assert.ok(measured.both.seen > 0);
      assert.equal(measured.both.dropped, outage.packets);
      await becomes(() => api.outages() === '');
    });

    it('makes a new connection slow, and says how fast it was', async () => {
      const how = { kind: 'rate', bytesPerSecond: 20_000 } as const;
      const params: DegradeParams = { filter: filter(), how, direction: 'both', forMs: 60_000 };
      const running = does<DegradeResult>(commands.degrade, params);
      await becomes(() => /degraded: \d+ s left/.test(api.outages()));
      assert.equal(await program.echoes(await program.connect()), true);
      await run<Outage>(commands.stopOutage);
      const { outage, measured, sockets } = await running;
      assert.deepEqual([outage.fault, sockets], ['rate', 1]);
      assert.ok(measured.in.bytes > 0 && measured.out.bytes > 0);
    });

    it('makes one connection half-open, which its other end is not told', async () => {
      const client = await program.connect();
      const params: DegradeParams = {
        filter: `pid:${program.pid} :${client}`,
        how: { kind: 'half-open' },
        direction: 'out',
        forMs: 5000,
      };
      const running = does<DegradeResult>(commands.degrade, params);
      await becomes(() => /degraded: \d+ s left/.test(api.outages()));
      const echoed = program.echoes(client);
      const { measured } = await running;
      assert.ok(measured.out.seen > 0);
      assert.equal(measured.out.dropped, measured.out.seen);
      assert.equal(await echoed, true, 'it is sent again, and comes');
    });

    it('has nothing to stop afterwards', async () => {
      assert.equal(await run(commands.stopOutage), undefined);
    });
  });
});
