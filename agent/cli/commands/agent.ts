/** `sockscope agent serve | status | stop` */

import { agentProgram } from '../../client/connect';
import { servedUid } from '../../client/served-uid';
import { parseServeArguments, UsageError } from '../../common/serve-arguments';
import { type AgentStatus, agentStatus, agentStop, nearest } from '../../protocol';
import { readArguments } from '../arguments';
import { findAgent, serveCommand } from '../connect';
import { CommandError, Exit } from '../exit';
import { printJson, printLine } from '../output';

const verbs = { serve, status, stop };

export async function agent([verb = '', ...words]: string[]): Promise<Exit> {
  const known = Object.keys(verbs) as (keyof typeof verbs)[];
  const found = known.find((name) => name === verb);
  if (found) return verbs[found](words);
  throw new CommandError(
    Exit.usage,
    `"${verb}" is not a verb of sockscope agent: the nearest is ${nearest(verb, known)} (known: ${known.join(', ')})`,
  );
}

/** Becomes the agent program; it ends this process itself. */
async function serve(words: string[]): Promise<Exit> {
  try {
    parseServeArguments(words);
  } catch (error) {
    if (error instanceof UsageError) throw new CommandError(Exit.usage, error.message);
    throw error;
  }
  if (process.getuid?.() !== 0)
    throw new CommandError(
      Exit.denied,
      `The agent needs root to start: ${serveCommand()} ${words.join(' ')}`.trim(),
    );
  const program = agentProgram();
  process.argv = [process.execPath, program, 'serve', ...words];
  require(program);
  return new Promise(() => {});
}

async function status(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, { json: { type: 'boolean', default: false } });
  const client = await findAgent();
  const agent = client ? await client.request(agentStatus, {}) : null;
  client?.close();
  if (values.json) printJson({ agent });
  else if (agent)
    printLine(
      `An agent ${agent.version} (pid ${agent.pid}) serves uid ${agent.uid}, scope ${agent.scope}${agent.readOnly ? ', read-only' : ''}, ` +
        `for ${agent.uptime} s; ${agent.clients - 1} other clients; engines: ${agent.engines.join(', ') || 'none'}${silence(agent)}`,
    );
  else printLine(`No agent serves uid ${servedUid()}. Start it: ${serveCommand()}`);
  return agent ? Exit.ok : Exit.denied;
}

function silence({ brokerPid, brokerSilentMs }: AgentStatus): string {
  if (!brokerSilentMs) return '';
  return `. Its broker (pid ${brokerPid}) has not answered for ${(brokerSilentMs / 1000).toFixed(1)} s`;
}

async function stop(words: string[]): Promise<Exit> {
  readArguments(words, {});
  const client = await findAgent();
  if (!client) throw new CommandError(Exit.denied, `No agent serves uid ${servedUid()}`);
  const closed = client.closed();
  await client.request(agentStop, {});
  await closed;
  printLine(`The agent (pid ${client.info.pid}) has ended`);
  return Exit.ok;
}
