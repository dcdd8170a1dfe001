/** A machine without a load: what it takes to start, beside Node alone. */

import { join } from 'node:path';
import { listSockets } from '../../../agent/protocol';
import { AgentProcess } from '../../../test/helpers/agent-process';
import { interleave } from '../table/interleave.mjs';

async function startAgent({ stage }) {
  const started = performance.now();
  const around = { netns: stage.netns };
  const agent = await AgentProcess.start(join(stage.folder, 'agent.js'), [], stage.user, around);
  await (await agent.client()).request(listSockets, { filter: '' });
  const ms = performance.now() - started;
  await agent.stop();
  return { ms };
}

/** Medians by name. No agent may serve the stage's user yet. */
export function measureStarts(session) {
  const { runner, sockscope, noAgent } = session;
  return interleave({
    true: () => runner.run(['true']),
    node: () => runner.run([process.execPath, '--eval', '']),
    'sockscope --help': () => sockscope(['--help'], noAgent),
    'sockscope --version': () => sockscope(['--version'], noAgent),
    'sockscope, usage error': () => sockscope(['nonsense'], noAgent, { code: 2 }),
    'sockscope list, no agent': () => sockscope(['list'], noAgent),
    'start of the agent to the first answer': () => startAgent(session),
  });
}
