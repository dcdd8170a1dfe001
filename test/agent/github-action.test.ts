/** The composite action: the scripts of its steps, run by bash as GitHub's runner does, as a user with sudo. */

import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { installPackage } from '../helpers/consumer';
import { withProgram } from '../helpers/drill-programs';
import { type Finished, run } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

interface Step {
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly [start: Step, scenario: Step] };
}

const file = resolve('.github', 'actions', 'sockscope', 'action.yml');
const { inputs, runs }: Action = parse(readFileSync(file, 'utf8'));

describe('the GitHub action', { skip: withoutRoot }, () => {
  let stage: Stage;
  let folder: string;
  before(() => {
    stage = new Stage();
    folder = installPackage(stage);
    writeFileSync(`/etc/sudoers.d/${stage.user.name}`, `${stage.user.name} ALL=(ALL:ALL) NOPASSWD: ALL\n`);
    mkdirSync(join(folder, 'reports'));
    chownSync(join(folder, 'reports'), stage.user.uid, stage.user.gid);
    stage.onClose(() => stage.sockscope(['agent', 'stop']));
  });
  after(() => stage?.close());

  /** `given`: inputs of a job; the others have their defaults. */
  function take({ run: script, env }: Step, given: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const values: Readonly<Record<string, string>> = {
      'runner.temp': stage.user.home,
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, input]) => [`inputs.${name}`, given[name] ?? input.default]),
      ),
    };
    const environment = Object.fromEntries(
      Object.entries(env).map(([name, text]) => [
        name,
        text.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => values[name] ?? assert.fail(name)),
      ]),
    );
    return run(['env', '--chdir', folder, 'bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      user: stage.user,
      netns: stage.netns,
      environment: { PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`, ...environment },
    });
  }

  const [start, scenario] = runs.steps;

  it('is composite, and its scripts have no expression in them', () => {
    assert.equal(runs.using, 'composite');
    for (const { run: script } of runs.steps) assert.doesNotMatch(script, /\$\{\{/);
  });

  it('says why the agent does not start', async () => {
    const { code, stdout } = await take(start, { package: 'node_modules/nowhere' });
    assert.equal(code, 1);
    assert.match(stdout, /Cannot find module .*nowhere/);
  });

  it('starts the agent, also where it runs already, and runs a scenario, which may fail', () =>
    withProgram(stage, 'constant', 9311, async (pid) => {
      for (const time of ['first', 'second']) {
        const { code, stdout, stderr } = await take(start);
        assert.equal(code, 0, `${time}: ${stdout}${stderr}`);
      }
      const write = (name: string, expected: string) =>
        writeFileSync(
          join(folder, name),
          `steps: [{ destroy: { filter: "pid:${pid}" }, expect: { ${expected} } }]\n`,
        );
      write('passes.yml', 'recovered-within: 30s');
      write('fails.yml', 'recovered-within: 1ms');
      const passed = await take(scenario, { scenario: 'passes.yml', junit: 'reports/a report.xml' });
      assert.equal(passed.code, 0, passed.stdout + passed.stderr);
      assert.match(passed.stdout, /step 1 {2}passed/);
      assert.ok(existsSync(join(folder, 'reports', 'a report.xml')));
      const failed = await take(scenario, { scenario: 'fails.yml' });
      assert.equal(failed.code, 1, failed.stdout);
    }));
});
