/** The time for which connects still fail after the processes that hold an outage have ended. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOutage } from '../../agent/protocol';
import { until } from '../../test/helpers/programs';
import { python } from '../../test/helpers/stage';
import { milliseconds, report, title } from './report.mjs';
import { onStage } from './stage.mjs';

const place = { family: 'ipv4', address: '127.0.0.1' };

/** The ways in which an outage loses the processes that hold it. */
const ends = {
  'kill -9 of the agent': ({ agent }) => process.kill(agent.pid, 'SIGKILL'),
  'kill -9 of the broker': ({ broker }) => process.kill(broker, 'SIGKILL'),
  'SIGHUP of the agent, as when its terminal closes': ({ agent }) => process.kill(agent.pid, 'SIGHUP'),
  'SIGSTOP of the broker': ({ broker }) => process.kill(broker, 'SIGSTOP'),
  'kill -9 of the command that asked for it': ({ command }) => command.kill('SIGKILL'),
  'kill -9 of the broker with a walker stalled in the kernel': async ({ broker, stall }) => {
    await stall();
    process.kill(broker, 'SIGKILL');
  },
};

async function measure(name, end) {
  await onStage(async ({ stage, agent, pids: [, broker] }) => {
    const server = await stage.puppet();
    const program = await stage.puppet();
    const { local } = await server.listen('listener', place);
    const connectErrno = () => program.connectErrno('try', { family: 'ipv4', to: local });
    const words = ['outage', `remote:${local[1]}`, '--for', '5m', '--yes'];
    const cli = [process.execPath, join(stage.folder, 'sockscope.js'), ...words];
    const run = ['nsenter', `--net=${stage.netns.path}`, 'setpriv', `--reuid=${stage.user.uid}`];
    const [first, ...rest] = [...run, `--regid=${stage.user.gid}`, '--clear-groups', ...cli];
    const command = spawn(first, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    // Nobody accepts what connects until then: the listener's queue would be full on a busy machine.
    await once(command.stdout, 'data');
    await until('connects are refused', async () => (await connectErrno()) === 'ECONNREFUSED');
    await end({ agent, broker, command, stall: () => stallWalk(stage, agent, server) });
    const ended = performance.now();
    await until('connects work again', async () => (await connectErrno()) === null);
    report(name, milliseconds(performance.now() - ended), '1,000 ms');
    if (name.startsWith('SIGSTOP')) process.kill(broker, 'SIGCONT');
    command.kill('SIGKILL');
  });
}

/** A walk that hangs behind a process inside send(): the broker waits for it. */
async function stallWalk(stage, agent, server) {
  const staller = await stage.victim([python, `${stage.folder}/stall.py`], { user: undefined });
  const { local } = await server.listen('for the stalled', place);
  await staller.connect('stalled', { family: 'ipv4', to: local });
  await server.accept('stalled', 'for the stalled');
  await staller.command('stall', { name: 'stalled' });
  const victim = await stage.puppet();
  const described = await victim.connect('victim', { family: 'ipv4', to: local });
  const client = await agent.client();
  const outage = { filter: `cookie:${described.cookie}`, fault: 'denied', forMs: 60_000, detach: true };
  void client.request(startOutage, outage).catch(() => {});
  await sleep(300); // the walk has begun
}

export async function survival() {
  title('Milliseconds until connects work again, of an outage of five minutes');
  for (const [name, end] of Object.entries(ends)) await measure(name, end);
}
