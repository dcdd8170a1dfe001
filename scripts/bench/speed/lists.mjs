/** Lists at one load: ours, those of other programs, and the floor. */

import { which } from '../../../test/helpers/programs';
import { interleave } from '../table/interleave.mjs';
import { startClient, startServer } from '../traffic.mjs';
import { timed } from './session.mjs';

/** Connections of the port that is asked for, at every load. */
const asked = 10;

/** A port with a listener and some connections. */
export async function startAskedPort(stage) {
  const { port } = await startServer(stage);
  await startClient(stage, port).ask({ open: asked, gap: [0, 0] });
  return port;
}

/** Programs for the same purpose, where they are installed. */
function others(runner) {
  const commands = [
    ['lsof', '-nPi'],
    ['netstat', '-tunap'],
  ].filter(([program]) => which(program));
  return Object.fromEntries(commands.map((command) => [command.join(' '), () => runner.run(command)]));
}

function contenders(session, port) {
  const { stage, runner, sockscope, noAgent, library, floor } = session;
  return {
    list: () => timed(session, () => library.list()),
    'ss -tunap': () => runner.run(['ss', '-tunap']),
    'iter/task_file': floor['iter/task_file'],
    'list :PORT': () => timed(session, () => library.list(`:${port}`)),
    'ss -tunap FILTER': () => runner.run(['ss', '-tunap', `sport = :${port}`]),
    'sockscope list --json, agent': () => sockscope(['list', '--json'], stage.user.uid),
    'sockscope list --json, no agent': () => sockscope(['list', '--json'], noAgent),
    systeminformation: () => runner.askPackage({ list: true }),
    'pid-port': () => runner.askPackage({ port }),
    ...others(runner),
  };
}

/** Medians by name. */
export async function measureLists(session, port) {
  const measured = await interleave(contenders(session, port));
  const list = measured.get('list');
  if (list) measured.set('list, CPU of the agent', { ms: list.cpu, runs: list.runs });
  return measured;
}
