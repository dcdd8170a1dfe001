/** Who starts a process again when it ends: told by its parents, from their command lines. Pure. */

import type { Owner, ProcessDetail, ProcessId, ProcessSummary, Respawn } from '../../protocol';

export interface Recognised {
  readonly kind: 'watcher' | 'process-manager';
  /** `nodemon`, `pm2`. */
  readonly name: string;
}

export interface ParentSupervisor extends Recognised {
  readonly process: ProcessSummary;
}

/** A command line, taken apart as far as it matters. */
interface CommandLine {
  /** Base name of what runs: of the script where an interpreter runs one, without its suffix. */
  readonly program: string;
  /** Path of the same. */
  readonly path: string;
  /** The interpreter's base name; empty without one. */
  readonly interpreter: string;
  /** Options of the interpreter. */
  readonly flags: readonly string[];
  /** What follows the program. */
  readonly words: readonly string[];
  readonly whole: string;
}

const interpreters = /^(node|nodejs|bun|deno|ruby|perl|python[\d.]*|pypy[\d.]*)$/;
const shells = /^-?(sh|bash|dash|zsh|fish|ksh|ash|busybox)$/;
/** They pass on what they run and start nothing again. */
const runners =
  /^(npm|npx|npm-cli|npx-cli|yarn|pnpm|pnpx|corepack|env|sudo|su|dotenv|cross-env|make|timeout)$/;

const programs: Readonly<Record<string, Recognised['kind']>> = {
  nodemon: 'watcher',
  'node-dev': 'watcher',
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
  gunicorn: 'process-manager',
  supervisord: 'process-manager',
  foreman: 'process-manager',
  nf: 'process-manager',
  honcho: 'process-manager',
  overmind: 'process-manager',
  hivemind: 'process-manager',
};

/** What a program name alone does not tell. */
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
  [{ kind: 'process-manager', name: 'pm2' }, ({ whole }) => /^PM2 \S+ God Daemon\b/.test(whole)],
  [
    { kind: 'process-manager', name: 'forever' },
    ({ path }) => /\/forever\/bin\/(monitor|forever)$/.test(path),
  ],
  [{ kind: 'process-manager', name: 'foreman' }, ({ whole }) => /^foreman: /.test(whole)],
  [{ kind: 'process-manager', name: 'gunicorn' }, ({ whole }) => /^gunicorn: master\b/.test(whole)],
  [
    { kind: 'process-manager', name: 'overmind' },
    ({ program, words }) => program === 'tmux' && words.some((word) => /^(-L)?overmind-/.test(word)),
  ],
];

/** The nearest parent that starts its children again; null: none that is known. What somebody typed in a shell ends the search. */
export function supervisorAmong(parents: readonly ProcessSummary[]): ParentSupervisor | null {
  for (const process of parents) {
    if (isInteractiveShell(process.command)) return null;
    const recognised = recognise(process.command);
    if (recognised) return { ...recognised, process };
  }
  return null;
}

export function recognise(command: string): Recognised | null {
  const line = takeApart(command);
  const rule = rules.find(([, holds]) => holds(line));
  if (rule) return rule[0];
  const kind = Object.hasOwn(programs, line.program) ? programs[line.program] : undefined;
  return kind ? { kind, name: line.program } : null;
}

function takeApart(command: string): CommandLine {
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

/** `bash`, `-zsh`, `bash -il`, `bash --init-file FILE`; not `sh -c ...`, and no script. */
function isInteractiveShell(command: string): boolean {
  const [first = '', ...rest] = command.replace(/ --(init-file|rcfile) \S+/, '').split(' ');
  return (
    shells.test(baseName(first)) && rest.every((word) => /^(-[il]+|--(login|norc|noprofile))$/.test(word))
  );
}

/** Starts what it runs, and nothing again: npm, `sh -c`, a script. */
function passesOn({ command }: ProcessSummary): boolean {
  const { program } = takeApart(command);
  return runners.test(program) || (shells.test(program) && !isInteractiveShell(command));
}

/** What systemd says of a unit; parsed from `systemctl show -p Restart,MainPID`. */
export interface UnitState {
  readonly restart: string;
  readonly mainPid: number;
}

export function parseUnit(printed: string): UnitState | null {
  const restart = /^Restart=([a-z-]+)$/m.exec(printed)?.[1];
  const mainPid = /^MainPID=(\d{1,10})$/m.exec(printed)?.[1];
  return restart === undefined || mainPid === undefined ? null : { restart, mainPid: Number(mainPid) };
}

/** systemd restarts the unit, and the process is what the unit runs and not merely somewhere below it. */
export function isRestartedBy({ restart, mainPid }: UnitState, process: ProcessDetail): boolean {
  if (restart === 'no' || mainPid === 0) return false;
  if (mainPid === process.pid) return true;
  const at = process.parents.findIndex(({ pid }) => pid === mainPid);
  return at >= 0 && process.parents.slice(0, at + 1).every(passesOn);
}

/** `system`, or the uid whose own systemd has the unit; null: the process is in no service. */
export function managerOf({
  cgroup,
  unit,
}: Pick<ProcessDetail, 'cgroup' | 'unit'>): 'system' | number | null {
  if (!unit?.endsWith('.service') || /^user@\d+\.service$/.test(unit)) return null;
  const uid = /\/user@(\d+)\.service\//.exec(cgroup ?? '')?.[1];
  return uid === undefined ? 'system' : Number(uid);
}

/** Of processes that share a socket, those that none of the others started; each process once. */
export function rootsOf(
  owners: readonly Owner[],
  parentsOf: (pid: number) => readonly ProcessId[],
): readonly Owner[] {
  const processes = [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
  const holds = ({ pid, startTime }: ProcessId) =>
    processes.some((owner) => owner.pid === pid && owner.startTime === startTime);
  return processes.filter(({ pid }) => !parentsOf(pid).some(holds));
}

/** A supervisor as the protocol tells of it. */
export function respawnOf({ kind, name, process }: ParentSupervisor): Respawn {
  return { kind, name, process: { pid: process.pid, startTime: process.startTime } };
}
