/** Finds what would restart a process, and how to stop that; asks systemd and the container runtimes as this user. */

import { readFile, readlink } from 'node:fs/promises';
import { commandText } from '../../common/command-text';
import type { Owner, ProcessDetail, ProcessId, ProcessSummary, Respawn } from '../../protocol';
import { runtimes } from '../container-names';
import { patientMs, runProgram } from '../run-program';
import { asRoot, needsRoot, ownUid } from '../served-uid';
import type { FreePrompts, Supervisor } from './free-types';
import { isSeenHere } from './seen-here';
import { shellLoopAmong } from './shell-loops';
import {
  isRestartedBy,
  mainProcessOf,
  managerOf,
  type ParentSupervisor,
  parsePm2,
  parseUnit,
  recognise,
  respawnOf,
  supervisorAmong,
} from './supervisors';

export type StopWay =
  | { readonly by: 'signal'; readonly process: ProcessSummary }
  /**
   * A program and its arguments, run as this user; `rootOnly`: it mostly needs root. `livesOn`: the supervisor does, and stops this
   * process alone. `isUnsure`: it could not be asked whether it starts the process again.
   */
  | {
      readonly by: 'program';
      readonly command: readonly [string, ...string[]];
      readonly rootOnly: boolean;
      readonly livesOn?: boolean;
      readonly isUnsure?: boolean;
    }
  | { readonly by: 'client'; readonly supervisor: Supervisor };

export interface FoundSupervisor {
  readonly respawn: Respawn;
  /** Null: it cannot be stopped without stopping other things that it runs. */
  readonly stop: StopWay | null;
  /** What it calls its own: the process or one that started it. Null: it is not asked. */
  readonly runs: ProcessId | null;
  /** Where `stop` is null: commands of which a person runs one to stop it, as far as they are known. */
  readonly byHand?: readonly string[];
}

/** How to stop one program of those that a process manager runs. */
type ManagedProgram = Pick<FoundSupervisor, 'stop' | 'runs' | 'byHand'>;

const notStoppable: ManagedProgram = { stop: null, runs: null };

/** Null: no known supervisor. Never rejects. */
export async function findSupervisor(
  owner: Owner,
  process: ProcessDetail,
  supervisorOf: FreePrompts['supervisorOf'],
): Promise<FoundSupervisor | null> {
  const known = supervisorOf([owner.pid, ...process.parents.map(({ pid }) => pid)]);
  if (known) return { respawn: known.respawn, stop: { by: 'client', supervisor: known }, runs: null };
  const itself = recognise(process.command);
  if (itself?.name === 'pm2')
    return { respawn: respawnOf({ ...itself, process }), ...(await clusterOfPm2(process)) };
  return (await restartingContainer(process)) ?? (await parent(process)) ?? (await restartingUnit(process));
}

/** The nearest one: a loop runs a watcher as often as a watcher runs a loop. */
async function parent(process: ProcessDetail): Promise<FoundSupervisor | null> {
  const found = [supervisorAmong(process.parents), await shellLoopAmong(process)].filter(
    (one) => one !== null,
  );
  const distance = ({ process: { pid } }: ParentSupervisor) =>
    process.parents.findIndex((one) => one.pid === pid);
  const [nearest] = found.sort((a, b) => distance(a) - distance(b));
  return nearest ? { respawn: respawnOf(nearest), ...(await wayToStop(nearest, process)) } : null;
}

/** These run other programs too, or are started again themselves, so they are asked to stop this one alone. */
async function wayToStop(supervisor: ParentSupervisor, process: ProcessDetail): Promise<ManagedProgram> {
  switch (supervisor.name) {
    case 'pm2':
      return stopByPm2(supervisor, process);
    case 'supervisord':
      return stopBySupervisord(supervisor, process);
    case 'runsv':
      return stopService(supervisor, process, 'sv', 'stop');
    case 's6-supervise':
      return stopService(supervisor, process, 's6-svc', '-d');
    case 'supervise':
      return stopService(supervisor, process, 'svc', '-d');
    default:
      return { stop: { by: 'signal', process: supervisor.process }, runs: null };
  }
}

/** This user's pm2 alone is asked, and only where it runs: `pm2 jlist` would start one. */
async function stopByPm2(
  { process: daemon }: ParentSupervisor,
  process: ProcessDetail,
): Promise<ManagedProgram> {
  if (daemon.uid !== ownUid()) return notStoppable;
  for (const { pid, pm_id } of await programsOfPm2()) {
    const runs = ofSameUser(process, pid);
    if (runs) return { stop: { ...askProgram('pm2', 'stop', String(pm_id)), livesOn: true }, runs };
  }
  return notStoppable;
}

async function programsOfPm2(): Promise<ReturnType<typeof parsePm2>> {
  const { stdout } = await runProgram('pm2', ['jlist'], patientMs);
  // Notices may come before the list.
  return parsePm2(stdout.slice(Math.max(stdout.search(/^\[/m), 0)));
}

/** It holds the sockets of its clusters itself, and does not say which is whose: a person knows. */
async function clusterOfPm2({ uid }: ProcessDetail): Promise<ManagedProgram> {
  if (uid !== ownUid()) return notStoppable;
  const clusters = (await programsOfPm2()).filter(({ isCluster }) => isCluster).map(({ name }) => name);
  return {
    ...notStoppable,
    byHand: [...new Set(clusters)].map((name) => commandText(['pm2', 'stop', name])),
  };
}

/** Its name comes from its environment, which it may have changed: what it names must be it. */
async function stopBySupervisord(
  { process: daemon }: ParentSupervisor,
  process: ProcessDetail,
): Promise<ManagedProgram> {
  const variables = await environmentOf(process.pid);
  const [group = '', name = ''] = ['SUPERVISOR_GROUP_NAME', 'SUPERVISOR_PROCESS_NAME'].map((key) =>
    variables.get(key),
  );
  if (group === '' || name === '' || group.startsWith('-')) return notStoppable;
  const whole = `${group}:${name}`;
  const stop = ['supervisorctl', 'stop', whole] as const;
  const { stdout } = await runProgram('supervisorctl', ['pid', whole], patientMs);
  const runs = ofSameUser(process, Number(stdout.trim()));
  if (runs) return { stop: { ...askProgram(...stop), livesOn: true }, runs };
  // Root's answers root alone.
  const isRoots = daemon.uid === 0 && ownUid() !== 0;
  return isRoots ? { ...notStoppable, byHand: [asRoot(commandText(stop))] } : notStoppable;
}

/** Of runit, s6 and daemontools: the supervisor of a service works in its folder, which must be this user's or root's own choice. */
async function stopService(
  supervisor: ParentSupervisor,
  process: ProcessDetail,
  ...command: [string, string]
): Promise<ManagedProgram> {
  const { pid, startTime, uid } = supervisor.process;
  if ((uid !== ownUid() && uid !== 0) || !(await isSeenHere({ pid, startTime }))) return notStoppable;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  const line = [process, ...process.parents];
  const runs = line[line.findIndex((one) => one.pid === pid) - 1];
  if (folder === null || !runs) return serviceByHand(supervisor, command);
  const rootOnly = uid !== ownUid();
  return { stop: { by: 'program', command: [...command, folder], rootOnly, livesOn: true }, runs };
}

/** Root's own does not show its folder, but has it on its command line; sv alone finds it by its name. */
function serviceByHand({ process }: ParentSupervisor, command: [string, string]): ManagedProgram {
  const [, folder = ''] = process.command.split(' ');
  const isNamed = folder.startsWith('/') || (command[0] === 'sv' && /^[\w.-]+$/.test(folder));
  if (process.uid !== 0 || !isNamed) return notStoppable;
  return { ...notStoppable, byHand: [asRoot(commandText([...command, folder]))] };
}

/** The process or one that started it, by its pid; undefined: neither. */
function inLineage(process: ProcessDetail, pid: number): ProcessSummary | undefined {
  return [process, ...process.parents].find((one) => one.pid === pid);
}

/** Likewise, as a manager may still name the pid of a program that has ended, which is another user's by now. */
function ofSameUser(process: ProcessDetail, pid: number): ProcessSummary | undefined {
  const found = inLineage(process, pid);
  return found?.uid === process.uid ? found : undefined;
}

export function askProgram(...command: [string, ...string[]]): Extract<StopWay, { by: 'program' }> {
  return { by: 'program', command, rootOnly: false };
}

/** Environment at the start of the program; empty where it is another user's. */
async function environmentOf(pid: number): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return new Map(
    text.split('\0').map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

async function restartingContainer(process: ProcessDetail): Promise<FoundSupervisor | null> {
  const { container } = process;
  const runtime = runtimes.find((known) => known === container?.runtime);
  if (!container || !runtime) return null;
  const format = '{{.State.Pid}} {{.HostConfig.RestartPolicy.Name}} {{.Name}}';
  const args = ['inspect', '--type', 'container', '--format', format, container.id];
  const [pid, policy = '', named = ''] = (await runProgram(runtime, args, patientMs)).stdout
    .trim()
    .split(' ');
  if (policy === '' || policy === 'no') return null;
  // The id is part of a cgroup path, and any user may name a cgroup of his own after a container of somebody else.
  const runs = inLineage(process, Number(pid));
  if (!runs) return null;
  // Docker's names begin with a slash.
  const name = named.replace(/^\//, '') || container.id.slice(0, 12);
  return {
    respawn: { kind: 'container', name, runtime, process: null },
    stop: askProgram(runtime, 'stop', container.id),
    runs,
  };
}

async function restartingUnit(detail: ProcessDetail): Promise<FoundSupervisor | null> {
  const manager = managerOf(detail);
  const { unit } = detail;
  if (manager === null || unit === null) return null;
  const [program, ...args] = systemctlOf(manager);
  const isForeign = manager !== 'system' && manager !== ownUid();
  const show = [...args, 'show', '-p', 'Restart,MainPID', '--', unit];
  const state = needsRoot(isForeign) ? null : parseUnit((await runProgram(program, show, patientMs)).stdout);
  const runs = state ? inLineage(detail, state.mainPid) : mainProcessOf(detail);
  if (!runs || (state && !isRestartedBy(state, detail))) return null;
  return {
    respawn: { kind: 'unit', name: unit, process: null },
    stop: {
      by: 'program',
      command: [program, ...args, '--no-ask-password', 'stop', '--', unit],
      rootOnly: manager === 'system' || isForeign,
      isUnsure: state === null,
    },
    runs,
  };
}

/** Root reaches the systemd of another user by `--machine`, and a user his own also where no login has said where it is. */
function systemctlOf(manager: 'system' | number): readonly [string, ...string[]] {
  if (manager === 'system') return ['systemctl'];
  if (manager !== ownUid()) return ['systemctl', '--user', `--machine=${manager}@.host`];
  const { XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env;
  return XDG_RUNTIME_DIR || DBUS_SESSION_BUS_ADDRESS
    ? ['systemctl', '--user']
    : ['env', `XDG_RUNTIME_DIR=/run/user/${manager}`, 'systemctl', '--user'];
}
