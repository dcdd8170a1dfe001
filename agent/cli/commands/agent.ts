/** `sockscope agent serve | restart | status | stop | install | uninstall` */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { hasEnded } from '../../client/has-ended';
import { findInstalledCopy, installedCopyCheck } from '../../client/installed-copy';
import { agentProgram } from '../../client/own-program';
import { asRoot, servedUid } from '../../client/served-uid';
import { asRootAdvice, startProblem, startProblemText } from '../../client/start-problem';
import { thisSide } from '../../client/version-skew';
import type { AgentProgram } from '../../common/in-process';
import { programText } from '../../common/program-text';
import { parseServeArguments } from '../../common/serve-arguments';
import { UsageError } from '../../common/usage-error';
import { type AgentStatus, agentStatus, agentStop, isAnswer, visibleText } from '../../protocol';
import { readArguments } from '../arguments';
import { findAnyAgent, skewText } from '../connect';
import { CommandError, Exit } from '../exit';
import { install } from '../install/install';
import { uninstall } from '../install/uninstall';
import { disableCommand, isActive } from '../install/units';
import { printJson, printLine } from '../output';
import { agentVerbs, agent as syntax } from '../syntax/agent';
import { program as commandLine, inTerminalWords } from '../terminal-words';

const verbs = { serve, restart, status, stop, install, uninstall };

export async function agent([verb = '', ...words]: string[]): Promise<Exit> {
  const known = Object.keys(verbs) as (keyof typeof verbs)[];
  const found = known.find((name) => name === verb);
  if (found) return verbs[found](words);
  readArguments(verb === '' ? [] : [verb], syntax);
  throw new CommandError(Exit.usage, `agent needs a verb: ${known.join(', ')}`);
}

/** Becomes the agent program; it ends this process itself. */
async function serve(words: string[]): Promise<Exit> {
  const program: AgentProgram = createRequire(__filename)(startable('serve', words));
  program.runAgent(['serve', ...words], inTerminalWords);
  return new Promise(() => {});
}

/** In the place of the agent that runs, if one does: also one of another version. */
async function restart(words: string[]): Promise<Exit> {
  startable('restart', words);
  // Another process stops it: this one forks the broker, and is to have neither threads nor connections then.
  const { status } = spawnSync(process.execPath, [commandLine, 'agent', 'stop'], { stdio: 'inherit' });
  return status === Exit.ok || status === Exit.denied ? serve(words) : Exit.failed;
}

/** The agent program. Throws CommandError: usage, or denied without root. */
function startable(verb: 'serve' | 'restart', words: string[]): string {
  readArguments(words, agentVerbs[verb]);
  try {
    parseServeArguments(words);
  } catch (error) {
    if (error instanceof UsageError) throw new CommandError(Exit.usage, error.message);
    throw error;
  }
  if (process.getuid?.() !== 0)
    throw new CommandError(Exit.denied, `The agent needs root to start. ${asRootAdvice([verb, ...words])}`);
  return agentProgram();
}

async function status(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, agentVerbs.status);
  const client = await findAnyAgent();
  const agent = client ? await client.request(agentStatus, {}) : null;
  client?.close();
  const skew = agent && skewText(agent);
  if (values.json) printJson({ agent, here: thisSide, installed: findInstalledCopy() });
  else for (const line of agent ? statusLines(agent) : absentLines()) printLine(visibleText(line));
  if (skew) throw new CommandError(Exit.denied, skew);
  return agent ? Exit.ok : Exit.denied;
}

function absentLines(): string[] {
  const problem = startProblem();
  const how = problem ? startProblemText(problem) : 'Start it: sudo sockscope agent serve';
  const absent = `No agent serves uid ${servedUid()}. ${how}`;
  return [absent, `Installed copy: ${installedCopyCheck().detail}`];
}

function statusLines(agent: AgentStatus): string[] {
  return [statusText(agent), ...(agent.files ? [programText(agent.files)] : [])];
}

function statusText(agent: AgentStatus): string {
  const { version, pid, uid, scope, readOnly, uptime, clients, engines } = agent;
  const here = version === thisSide.version ? '' : `; this command is version ${thisSide.version}`;
  return (
    `An agent ${version} (pid ${pid}) serves uid ${uid}, scope ${scope}${readOnly ? ', read-only' : ''}, for ${uptime} s; ` +
    `${clients - 1} other clients; engines: ${engines.join(', ') || 'none'}${here}${silence(agent)}`
  );
}

function silence({ brokerPid, brokerSilentMs }: AgentStatus): string {
  if (!brokerSilentMs) return '';
  return `. Its broker (pid ${brokerPid}) has not answered for ${(brokerSilentMs / 1000).toFixed(1)} s`;
}

async function stop(words: string[]): Promise<Exit> {
  readArguments(words, agentVerbs.stop);
  const client = await findAnyAgent();
  if (!client) throw new CommandError(Exit.denied, `No agent serves uid ${servedUid()}`);
  const { pid } = client.info;
  const closed = client.closed();
  try {
    await client.request(agentStop, {}).catch((error: unknown) => {
      if (isAnswer(error)) throw error; // else it has hung up before its answer was read
    });
    await closed;
  } finally {
    client.close();
  }
  if (!(await hasEnded(pid)) && (await stillAnswers()))
    throw new CommandError(
      Exit.failed,
      `The agent (pid ${pid}) was asked to stop but still runs: end it as root`,
    );
  printLine(`The agent (pid ${pid}) has ended`);
  if (isActive(servedUid()))
    printLine(
      `systemd starts it again for its next client. To end that: ${asRoot(disableCommand(servedUid()))}`,
    );
  return Exit.ok;
}

/** For a pid that means another process here, as in a container. */
async function stillAnswers(): Promise<boolean> {
  const client = await findAnyAgent();
  client?.close();
  return client !== null;
}
