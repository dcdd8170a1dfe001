/** What the measurements of one run share: the agent, the library connected to it, and programs in the namespace. */

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { stranger } from '../../../test/helpers/stage';
import { cpuMs } from '../processes.mjs';
import { startFloor } from './floor.mjs';
import { Runner } from './runner.mjs';

/** As in a test suite: the built library, not its sources. */
function connect(uid) {
  const library = createRequire(resolve('dist', 'client', 'index.cjs'))('./index.cjs');
  return library.connect({ uid });
}

/** The command line; root is served by the agent of `uid`, and without an agent for it by a private one. */
function commandLine(stage, runner) {
  const program = join(stage.folder, 'sockscope.js');
  return (words, uid, options) =>
    runner.run([process.execPath, program, ...words], { environment: { SUDO_UID: String(uid) }, ...options });
}

/** Before an agent serves. */
export function beginSession(stage) {
  const runner = new Runner(stage);
  return { stage, runner, sockscope: commandLine(stage, runner), noAgent: stranger.uid };
}

/** Starts the agent that the rest is measured with. */
export async function withAgent(session) {
  const { stage } = session;
  const agent = await stage.agent();
  const pids = [agent.pid, await agent.brokerPid()];
  const library = await connect(stage.user.uid);
  const client = await agent.client();
  stage.onClose(() => library.close());
  return { ...session, agent, pids, client, library, floor: startFloor(stage) };
}

/** { ms, cpu }: until `work` is done, and the agent's CPU meanwhile. */
export async function timed({ pids: [agent] }, work) {
  const before = cpuMs(agent);
  const started = performance.now();
  await work();
  return { ms: performance.now() - started, cpu: cpuMs(agent) - before };
}
