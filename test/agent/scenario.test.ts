/** `sockscope run`: scenarios that pass and that fail, of real programs. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listOutages } from '../../agent/protocol';
import { readRuns } from '../../extension/reconnect/timeline/timeline-file';
import { fromResult } from '../../extension/reconnect/timeline/timeline-run';
import { toScenario } from '../../extension/reconnect/timeline/timeline-scenario';
import type { AgentProcess } from '../helpers/agent-process';
import { type Answer, ctrlC, type, yes } from '../helpers/documented';
import { connectedTo, type DrillProgram, withProgram } from '../helpers/drill-programs';
import { end, start, until } from '../helpers/programs';
import { english } from '../helpers/sockets';
import { type CommandResult, python, Stage, withoutRoot } from '../helpers/stage';

/** It forgets its lost connections without closing them, and makes new ones. */
const leaking = `
import socket, sys, time
kept = []
while True:
    kept.append(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
    try:
        kept[-1].recv(1)
    except OSError:
        pass
    time.sleep(0.05)
`;

/** It sends its server a little all the time. */
const talking = `
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
while True:
    connection.sendall(b"x")
    time.sleep(0.05)
`;

describe('sockscope run', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
  });
  after(() => stage?.close());

  /** Of a file with this text; `$PID`: the program's. */
  function write(text: string, pid = 0): string {
    const file = join(stage.user.home, 'scenario.yml');
    writeFileSync(file, text.replaceAll('$PID', String(pid)));
    return file;
  }

  const run = (text: string, pid: number, ...words: string[]): Promise<CommandResult> =>
    stage.sockscope(['run', write(text, pid), '--yes', ...words]);

  const withClient = (kind: DrillProgram, port: number, use: (pid: number) => Promise<void>) =>
    withProgram(stage, kind, port, use);

  const outcomes = ({ json }: CommandResult) =>
    json.steps.map(({ outcome }: { readonly outcome: string }) => outcome);

  it('passes where a program does as expected, in each loop', () =>
    withClient('constant', 9301, async (pid) => {
      const report = join(stage.user.home, 'passed.xml');
      const scenario = `
name: the server is lost
loops: 2
steps:
  - wait: { filter: "pid:$PID remote:9301 state:established", timeout: 60s }
  - destroy: { filter: "pid:$PID" }
    expect: { recovered-within: 30s, attempts-at-most: 100, no-crash: true, no-leak: true }
  - name: down for half a second
    outage: { filter: "pid:$PID", for: 500ms }
    expect: { recovered-within: 30s, no-crash: true, no-leak: true }
  - drill: { filter: "pid:$PID", times: 2, every: 0s, end: peer }
    expect: { recovered-within: 30s, at-least: 1 }
`;
      const result = await run(scenario, pid, '--json', '--junit', report);
      const { code, json, stdout, stderr } = result;
      assert.deepEqual([code, stderr, json.scenario], [0, '', 'the server is lost'], stdout);
      assert.equal(json.passed, true);
      assert.deepEqual(outcomes(result), Array(8).fill('passed'));
      const [wait, destroy, outage, drill] = json.steps.slice(4);
      assert.match(wait.message, /^1 socket of 1 matches pid:/);
      assert.deepEqual([destroy.loop, destroy.step, destroy.drill.rounds.length], [2, 2, 1]);
      assert.equal(outage.name, 'down for half a second');
      assert.deepEqual(outage.drill.hold, { fault: 'refused', ms: 500 });
      assert.equal(drill.drill.summary.recovered, 2);
      assert.match(readFileSync(report, 'utf8'), /name="the server is lost" tests="8" failures="0">/);
      await runAgain(stdout, pid);
    }));

  /** As the editor opens a report, and saves one of its runs as a scenario: that passes as well. */
  async function runAgain(report: string, pid: number): Promise<void> {
    const read = readRuns(report);
    assert.ok(read.ok, JSON.stringify(read));
    assert.equal(read.runs.length, 6);
    const last = read.runs.findLast(({ step }) => step?.startsWith('2.4 '));
    assert.ok(last);
    const saved = toScenario(english, fromResult(1, last.result, 'saved', null));
    assert.match(saved, /filter: "process:node remote:127\.0\.0\.1:\d+"/);
    const patient = saved.replace(/(?<=recovered-within: ).*/, '30s');
    assert.notEqual(patient, saved);
    const { code, stdout, stderr } = await run(patient, pid);
    assert.deepEqual([code, stderr], [0, ''], `${patient}${stdout}`);
    assert.match(stdout, /^step 2 {2}passed .* 2 of 2 recovered/m);
  }

  it('fails with the first step that is not as expected, and skips the others', () =>
    withClient('givesUp', 9302, async (pid) => {
      const report = join(stage.user.home, 'failed.xml');
      const scenario = `
loops: 3
steps:
  - destroy: { filter: "pid:$PID", wait: 500ms }
    expect: { recovered-within: 400ms }
  - wait: { filter: "pid:$PID" }
`;
      const result = await run(scenario, pid, '--json', '--junit', report);
      assert.deepEqual([result.code, outcomes(result)], [1, ['failed', 'skipped']], result.stderr);
      assert.match(result.json.steps[0].failures.join(), /^Round 1 did not recover within 400ms/);
      const xml = readFileSync(report, 'utf8');
      assert.match(xml, /tests="2" failures="1" skipped="1">/);
      assert.match(xml, /<failure message="Round 1 did not recover[^>]*>.*\n.*<skipped\/>/);
    }));

  it('fails where a program ends, and where it makes more attempts than expected', () =>
    withClient('crashes', 9303, async (pid) => {
      const crash = await run(
        'steps: [{ destroy: { filter: "pid:$PID", wait: 10s }, expect: { no-crash: true } }]',
        pid,
      );
      assert.equal(crash.code, 1, crash.stdout);
      assert.match(crash.stderr, /^step 1 {2}Round 1 .*ended with code 7/);
      await withClient('constant', 9304, async (other) => {
        const scenario =
          'steps: [{ drill: { filter: "pid:$PID", times: 1 }, expect: { attempts-at-most: 0 } }]';
        const { code, stderr } = await run(scenario, other);
        assert.equal(code, 1);
        assert.match(stderr, /Round 1 had 1 attempts? to connect, at most 0 are expected/);
      });
    }));

  it('fails where a program keeps the sockets that it has lost, and has what was measured after Ctrl-C', async () => {
    const file = join(stage.folder, 'leaking.py');
    writeFileSync(file, leaking);
    await withClient('constant', 9305, async () => {
      const program = start(
        [python, file, '9305'],
        { user: stage.user, netns: stage.netns },
        { stdio: 'ignore' },
      );
      try {
        await connectedTo(stage, 9305, 2);
        const scenario = 'steps: [{ destroy: { filter: "pid:$PID", wait: 5s }, expect: { no-leak: true } }]';
        const { code, stderr } = await run(scenario, program.pid ?? 0);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /python3?\S* \(pid \d+\) holds 2 sockets, 1 before/);
        const waiting = write(scenario.replace('5s', '10m'), program.pid ?? 0);
        const recovered: Answer = [/round 1 {2}.*recovered/, ctrlC];
        const stopped = await type(stage, `sockscope run ${waiting}`, [yes, recovered]);
        assert.equal(stopped.code, 1, stopped.output);
        assert.match(stopped.output, /step 1 {2}failed {2}destroy pid:\d+: 1 of 1 recovered/);
        assert.match(stopped.output, /Whether a process leaks is not known: It was interrupted/);
      } finally {
        await end(program);
      }
    });
  });

  it('loses packets of a program, and fails where that ends meanwhile', () =>
    withClient('constant', 9307, async () => {
      const file = join(stage.folder, 'talking.py');
      writeFileSync(file, talking);
      const program = start(
        [python, file, '9307'],
        { user: stage.user, netns: stage.netns },
        { stdio: 'ignore' },
      );
      try {
        await connectedTo(stage, 9307, 2);
        const scenario =
          'steps: [{ degrade: { filter: "pid:$PID", loss: 20%, for: 5s }, expect: { no-crash: true, no-leak: true } }]';
        const passed = await run(scenario, program.pid ?? 0, '--json');
        assert.deepEqual([passed.code, outcomes(passed)], [0, ['passed']], passed.stdout);
        const { seen, dropped } = passed.json.steps[0].degrade.measured.both;
        assert.ok(seen > dropped && dropped > 0);
        const failing = run(scenario, program.pid ?? 0, '--json');
        const client = await agent.client();
        await until(
          'its packets are lost',
          async () => (await client.request(listOutages, {})).outages.length > 0,
        );
        await end(program);
        const failed = await failing;
        assert.deepEqual([failed.code, outcomes(failed)], [1, ['failed']], failed.stdout);
        assert.match(failed.json.steps[0].failures.join(), /^python3?\S* \(pid \d+\) has ended$/);
      } finally {
        await end(program);
      }
    }));

  it('waits in vain with 1, and cuts nothing with 4', async () => {
    const waited = await run('steps: [{ wait: { filter: "remote:9399", timeout: 100ms } }]', 0);
    assert.equal(waited.code, 1);
    assert.match(waited.stderr, /0 sockets of 1 match remote:9399 after 100 ms/);
    const cut = await run('steps: [{ drill: { filter: "remote:9399" } }]', 0);
    assert.equal(cut.code, 4, cut.stderr);
    assert.match(cut.stderr, /Nothing matches remote:9399/);
  });

  it('asks before each fault, and says that Ctrl-C has ended it', () =>
    withClient('constant', 9306, async (pid) => {
      const file = write('steps: [{ destroy: { filter: "pid:$PID" } }]', pid);
      const agreed = await type(stage, `sockscope run ${file}`, [yes]);
      assert.deepEqual([agreed.code, /step 1 {2}passed/.test(agreed.output)], [0, true], agreed.output);
      const refused = await type(stage, `sockscope run ${file}`, [[/\[y\/N\]/, 'n\n']]);
      assert.deepEqual([refused.code, /You did not agree/.test(refused.output)], [1, true], refused.output);
      const waiting = write(
        'steps: [{ destroy: { filter: "pid:$PID" } }, { wait: { filter: "remote:9399" } }]',
        pid,
      );
      const stopped = await type(stage, `sockscope run ${waiting}`, [yes, [/step 1 {2}passed/, ctrlC]]);
      assert.equal(stopped.code, 1, stopped.output);
      assert.match(stopped.output, /step 2 {2}It was interrupted/);
    }));

  it('says where a mistake is, before it does anything', async () => {
    const file = write('steps:\n  - destroy: { filter: "pid:1" }\n  - drill: { filtr: "pid:1" }\n');
    const { code, stdout, stderr } = await stage.sockscope(['run', file, '--yes']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /scenario\.yml:3:14: "filtr" is not known here: the nearest is filter/);
  });
});
