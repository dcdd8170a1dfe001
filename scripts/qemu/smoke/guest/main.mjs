/**
 * Runs in the guest: makes sockets, uses the real command line on them, and prints one JSON object with its output and with the
 * errors at the ends of the sockets. Tests in test/smoke and test/kernels check it.
 */

import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, reasonAfter, run, sockscope, start } from './command-line.mjs';
import { bindUdp, connectsUntil, echoes, leaveTimeWait, openConnection, startServer } from './ends.mjs';

const plainUser = { uid: 1000 };

/** Kind, remedy and explanation of each holder of each port. */
async function holdersOf(...ports) {
  const method = 'ports/explain';
  const answers = await ask(
    ...ports.map((port) => ({ method, params: { port, protocol: 'tcp', netns: null } })),
  );
  return answers.map(
    ({ result, error }) => result?.holders.map(({ kind, remedy, why }) => ({ kind, remedy, why })) ?? error,
  );
}

/** The errno of connects while the port is held down, and afterwards. */
async function outage(port) {
  const command = start('outage', `remote:${port}`, '--fault', 'unreachable', '--for', '10m', '--yes');
  const during = await connectsUntil(port, 'EHOSTUNREACH', () => command.exitCode === null);
  command.kill('SIGKILL');
  return { during, after: await connectsUntil(port, null) };
}

/** What a watch says of a connection that its own program resets: without the kernel's events that its reason is unknown. */
async function reasonOfEnd(port) {
  const { socket } = await openConnection(port);
  return reasonAfter(() => socket.resetAndDestroy(), `remote:${port}`, `:${socket.localPort}`);
}

/** The first socket of a list, and what a destroy of exactly that one answers; null: the list has none. */
async function destroyOne(...filter) {
  const list = await sockscope('list', ...filter);
  const target = list.json?.sockets?.[0];
  return target ? sockscope('destroy', `cookie:${target.cookie}`, '--yes') : null;
}

async function smoke() {
  const { server, errors, port } = await startServer();
  const victim = await openConnection(port);
  const bystander = await openConnection(port);

  const doctor = await sockscope('doctor');
  // The first answer finds the port's bucket as the kernel created it, the later ones after a bind was tried.
  const holders = await holdersOf(victim.port, victim.port, port, port);
  const list = await sockscope('list', `remote:${port}`);
  const target = list.json?.sockets?.find(({ local }) => local.port === victim.port);
  const nothing = await sockscope('destroy', `cookie:${target?.cookie}`, `remote:${port + 1}`, '--yes');
  const livesAfterNothing = await echoes(victim);
  const destroy = target && (await sockscope('destroy', `cookie:${target.cookie}`, '--yes'));
  await sleep(500);
  const ends = {
    victim: victim.errno,
    victimsPeer: errors[victim.port] ?? null,
    bystander: bystander.errno,
    bystanderEchoes: await echoes(bystander),
    listening: server.listening,
  };
  const timeWait = await destroyOne(`:${await leaveTimeWait(port)}`, 'state:time-wait');
  const datagrams = await bindUdp();
  const udp = await destroyOne('proto:udp', `:${datagrams.port}`);
  await sleep(100);
  const reason = await reasonOfEnd(port);
  const texts = {
    doctor: await run(['doctor']),
    list: await run(['list', `remote:${port}`]),
    plainList: await run(['list', `remote:${port}`], plainUser),
  };
  const held = await outage(port);
  return {
    release: release(),
    ports: { server: port, victim: victim.port },
    doctor,
    holders: { client: holders.slice(0, 2), server: holders.slice(2) },
    list,
    nothing,
    livesAfterNothing,
    destroy,
    ends,
    timeWait,
    udp: { destroy: udp, errno: datagrams.errno },
    reason,
    texts,
    held,
  };
}

const result = await smoke().catch((error) => ({ error: error.stack }));
process.stdout.write(JSON.stringify(result), () => process.exit());
