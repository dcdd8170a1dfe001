/** Recognises what restarts a process from the command lines of its parents. Pure. */

import type { Owner, ProcessDetail, ProcessId, ProcessSummary, Respawn } from '../../protocol';

interface Recognised {
  readonly kind: 'watcher' | 'process-manager';
  /** `nodemon`, `pm2`. */
  readonly name: string;
}

export interface ParentSupervisor extends Recognised {
  readonly process: ProcessSummary;
}

interface CommandLine {
  /** Base name of what runs: of the script where an interpreter runs one, without its suffix. */
  readonly program: string;
  /** Path of the same. */
  readonly path: string;
  /** The interpreter's base name; empty without one. */
  readonly interpreter: string;
  /** Options of the interpreter. */
  readonly flags: readonly string[];
  /** Arguments of the program. */
  readonly words: readonly string[];
  readonly whole: string;
}

const interpreters = /^(node|nodejs|bun|deno|ruby|perl|python[\d.]*|pypy[\d.]*)$/;
const shells = /^-?(sh|bash|dash|zsh|fish|ksh|ash|busybox)$/;
/** They run another program once and restart nothing. */
const runners =
  /^(npm|npx|npm-cli|npx-cli|yarn|pnpm|pnpx|corepack|env|sudo|su|dotenv|cross-env|make|timeout)$/;

const programs: Readonly<Record<string, Recognised['kind']>> = {
  nodemon: 'watcher',
  'node-dev': 'watcher',
  supervisor: 'watcher',
  'node-supervisor': 'watcher',
  'ts-node-dev': 'watcher',
  tsnd: 'watcher',
  vite: 'watcher',
  'vite-node': 'watcher',
  'cargo-watch': 'watcher',
  watchexec: 'watcher',
  watchfiles: 'watcher',
  watchmedo: 'watcher',
  air: 'watcher',
  reflex: 'watcher',
  entr: 'watcher',
  forever: 'process-manager',
  runsv: 'process-manager',
  's6-supervise': 'process-manager',
  supervise: 'process-manager',
  circusd: 'process-manager',
  gunicorn: 'process-manager',
  supervisord: 'process-manager',
  foreman: 'process-manager',
  nf: 'process-manager',
  honcho: 'process-manager',
  overmind: 'process-manager',
  hivemind: 'process-manager',
};

/** For supervisors that the program's name alone does not identify. */
const rules: readonly (readonly [Recognised, (line: CommandLine) => boolean])[] = [
  [
    { kind: 'watcher', name: 'node --watch' },
    ({ interpreter, flags }) =>
      /^node(js)?$/.test(interpreter) && flags.some((flag) => /^--watch\b/.test(flag)),
  ],
  [
    { kind: 'watcher', name: 'bun --watch' },
    ({ interpreter, flags }) => interpreter === 'bun' && flags.some((flag) => /^--(watch|hot)$/.test(flag)),
  ],
  [
    { kind: 'watcher', name: 'tsx watch' },
    ({ program, path, words }) =>
      (program === 'tsx' || /\/tsx\/dist\/cli\.[cm]?js$/.test(path)) && words[0] === 'watch',
  ],
  [{ kind: 'watcher', name: 'ts-node-dev' }, ({ path }) => /\/ts-node-dev\/lib\/bin\.js$/.test(path)],
  [
    { kind: 'watcher', name: 'cargo watch' },
    ({ program, words }) => program === 'cargo' && words[0] === 'watch',
  ],
  [
    { kind: 'watcher', name: 'dotnet watch' },
    ({ program, words }) => program === 'dotnet' && words[0] === 'watch',
  ],
  [
    { kind: 'watcher', name: 'nest' },
    ({ program, words }) => program === 'nest' && words.includes('--watch'),
  ],
  [
    { kind: 'watcher', name: 'uvicorn --reload' },
    ({ program, words }) => program === 'uvicorn' && words.includes('--reload'),
  ],
  [
    { kind: 'process-manager', name: 'uvicorn' },
    ({ program, words }) => program === 'uvicorn' && words.includes('--workers'),
  ],
  [{ kind: 'watcher', name: 'flask' }, ({ program, words }) => program === 'flask' && words.includes('run')],
  [
    { kind: 'watcher', name: 'manage.py runserver' },
    ({ program, words }) => program === 'manage' && words[0] === 'runserver',
  ],
  [
    { kind: 'process-manager', name: 'pm2' },
    ({ program, words, whole }) =>
      /^PM2 \S+ God Daemon\b/.test(whole) ||
      program === 'pm2-runtime' ||
      (program === 'pm2' && words.includes('--no-daemon')),
  ],
  [{ kind: 'process-manager', name: 'forever' }, ({ path }) => /\/forever\/bin\/monitor$/.test(path)],
  [{ kind: 'watcher', name: 'supervisor' }, ({ path }) => /\/supervisor\/lib\/cli-wrapper\.js$/.test(path)],
  [
    { kind: 'process-manager', name: 'concurrently' },
    ({ program, path, words }) =>
      (/^conc(urrently)?$/.test(program) || /\/concurrently\/dist\/bin\//.test(path)) &&
      words.some((word) => /^--restart-tries\b/.test(word)),
  ],
  [
    { kind: 'process-manager', name: 'daemon' },
    ({ program, words }) => program === 'daemon' && words.some((word) => /^(-r|--respawn)$/.test(word)),
  ],
  [{ kind: 'process-manager', name: 'foreman' }, ({ whole }) => /^foreman: /.test(whole)],
  [{ kind: 'process-manager', name: 'gunicorn' }, ({ whole }) => /^gunicorn: master\b/.test(whole)],
  [
    { kind: 'process-manager', name: 'overmind' },
    ({ program, words }) => program === 'tmux' && words.some((word) => /^(-L)?overmind-/.test(word)),
  ],
];

/** The nearest parent that restarts its children; null: none is known. The search ends at an interactive shell. */
export function supervisorAmong(parents: readonly ProcessSummary[]): ParentSupervisor | null {
  for (const process of parents) {
    if (isInteractiveShell(process.command)) return null;
    const recognised = recognise(process.command);
    if (recognised) return { ...recognised, process };
  }
  return null;
}

export function recognise(command: string): Recognised | null {
  const line = parseCommandLine(command);
  const rule = rules.find(([, matches]) => matches(line));
  if (rule) return rule[0];
  const kind = Object.hasOwn(programs, line.program) ? programs[line.program] : undefined;
  return kind ? { kind, name: line.program } : null;
}

/** Base name of what runs, as of a script without its suffix: `server` for `node server.js`. */
export function programOf(command: string): string {
  return parseCommandLine(command).program;
}

function parseCommandLine(command: string): CommandLine {
  const [first = '', ...rest] = command.split(' ');
  const base = baseName(first);
  if (!interpreters.test(base))
    return { program: base, path: first, interpreter: '', flags: [], words: rest, whole: command };
  const moduleAt = rest.indexOf('-m');
  const scriptAt = rest.findIndex((word) => !word.startsWith('-'));
  const at = moduleAt >= 0 && moduleAt < scriptAt ? moduleAt + 1 : scriptAt;
  const path = at < 0 ? '' : (rest[at] ?? '');
  return {
    program: baseName(path).replace(/\.[cm]?[jt]s$|\.py$/, ''),
    path,
    interpreter: base,
    flags: at < 0 ? rest : rest.slice(0, at),
    words: at < 0 ? [] : rest.slice(at + 1),
    whole: command,
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isShell(command: string): boolean {
  return shells.test(baseName(command.split(' ')[0] ?? ''));
}

/** `bash`, `-zsh`, `bash -il`, `bash --init-file FILE`; not `sh -c ...`, and no script. */
export function isInteractiveShell(command: string): boolean {
  const [first = '', ...rest] = command.replace(/ --(init-file|rcfile) \S+/, '').split(' ');
  return (
    shells.test(baseName(first)) && rest.every((word) => /^(-[il]+|--(login|norc|noprofile))$/.test(word))
  );
}

/** Runs a program without restarting it: npm, `sh -c`, a script. */
export function isRunner({ command }: ProcessSummary): boolean {
  const { program } = parseCommandLine(command);
  return runners.test(program) || (shells.test(program) && !isInteractiveShell(command));
}

/** A unit's properties from `systemctl show -p Restart,MainPID`. */
interface UnitState {
  readonly restart: string;
  readonly mainPid: number;
}

export function parseUnit(stdout: string): UnitState | null {
  const restart = /^Restart=([a-z-]+)$/m.exec(stdout)?.[1];
  const mainPid = /^MainPID=(\d{1,10})$/m.exec(stdout)?.[1];
  return restart === undefined || mainPid === undefined ? null : { restart, mainPid: Number(mainPid) };
}

/** systemd restarts the unit, and the process is its main process or runs through npm, `sh -c` and the like below that. */
export function isRestartedBy({ restart, mainPid }: UnitState, process: ProcessDetail): boolean {
  if (restart === 'no' || mainPid === 0) return false;
  if (mainPid === process.pid) return true;
  const at = process.parents.findIndex(({ pid }) => pid === mainPid);
  return at >= 0 && process.parents.slice(0, at + 1).every(isRunner);
}

/** The process that systemd itself has started, where this is it or runs through npm, `sh -c` and the like below it. */
export function mainProcessOf(process: ProcessDetail): ProcessSummary | null {
  const line = [process, ...process.parents];
  const at = line.findIndex(({ name }) => name === 'systemd');
  return at > 0 && line.slice(1, at).every(isRunner) ? (line[at - 1] ?? null) : null;
}

/** `system`, or the uid whose user manager runs the unit; null: the process is in no service. */
export function managerOf({
  cgroup,
  unit,
}: Pick<ProcessDetail, 'cgroup' | 'unit'>): 'system' | number | null {
  if (!unit?.endsWith('.service') || /^user@\d+\.service$/.test(unit)) return null;
  const uid = /\/user@(\d+)\.service\//.exec(cgroup ?? '')?.[1];
  return uid === undefined ? 'system' : Number(uid);
}

/** Of processes that share a socket, those that no other of them started; each once. */
export function rootsOf(
  owners: readonly Owner[],
  parentsOf: (pid: number) => readonly ProcessId[],
): readonly Owner[] {
  const processes = [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
  const holds = ({ pid, startTime }: ProcessId) =>
    processes.some((owner) => owner.pid === pid && owner.startTime === startTime);
  return processes.filter(({ pid }) => !parentsOf(pid).some(holds));
}

export function respawnOf({ kind, name, process }: ParentSupervisor): Respawn {
  return { kind, name, process: { pid: process.pid, startTime: process.startTime } };
}

interface Pm2Program {
  readonly pid: number;
  readonly pm_id: number;
  readonly name: string;
  /** pm2 itself holds its sockets. */
  readonly isCluster: boolean;
}

/** Programs that run, in the output of `pm2 jlist`; none where it is not such a list. */
export function parsePm2(text: string): readonly Pm2Program[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.flatMap((each) => pm2Program(each) ?? []) : [];
  } catch {
    return [];
  }
}

function pm2Program(value: unknown): Pm2Program | null {
  const { pid, pm_id, name, pm2_env } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || !Number.isSafeInteger(pm_id)) return null;
  const { exec_mode } = (pm2_env ?? {}) as Readonly<Record<string, unknown>>;
  return {
    pid: Number(pid),
    pm_id: Number(pm_id),
    name: typeof name === 'string' ? name : String(pm_id),
    isCluster: exec_mode === 'cluster_mode',
  };
}
