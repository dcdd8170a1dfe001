/** A real agent with its broker in its own network namespace, and views of it. */

import { setView, unpackChange } from '../../agent/protocol';
import { Stage } from '../../test/helpers/stage';

/** Runs `work` with { stage, agent, pids: [agent's, broker's] }; removes everything afterwards. */
export async function onStage(work) {
  const stage = new Stage();
  try {
    const agent = await stage.agent();
    const pids = [agent.pid, await agent.brokerPid()];
    return await work({ stage, agent, pids });
  } finally {
    await stage.close();
  }
}

/** Opens a view as the tree does; resolves with its groups. */
export async function openView(client, { filter = '', groupBy = 'process', open = {} } = {}) {
  const packed = await client.request(setView, {
    view: 1,
    filter,
    show: 'everything',
    groupBy,
    workspace: { roots: [], folders: [] },
    open: { '': 200, ...open },
  });
  return unpackChange(packed);
}
