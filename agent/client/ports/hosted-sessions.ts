/** Programs that carry the sessions of others through one process: to end one for its port ends them all. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { t } from '../../common/translate';
import type { ProcessDetail } from '../../protocol';
import { runProgram } from '../run-program';
import { isSeenHere } from './seen-here';
import { forwardOf, parseSsh } from './ssh-command';

export interface HostedSessions {
  /** What would end with it, as a clause: `2 ssh sessions run through it`. */
  readonly text: string;
  /** The command that closes the port alone, and what it leaves as it is; null: none is known. */
  readonly release: readonly [string, ...string[]] | null;
}

/** By the name of the program. They open no port of their own for others, or exist for the sake of their sessions. */
const hosts: readonly (readonly [RegExp, () => string])[] = [
  [/^tmux(: server)?$/, () => t('every tmux session of its server runs in it')],
  [/^(screen|SCREEN)$/, () => t('a screen session runs in it')],
  [/^(zellij|dtach|abduco)$/, () => t('terminal sessions run in it')],
  [/^adb$/, () => t('it serves all adb clients and forwards of this machine')],
  [/^(gpg-agent|ssh-agent)$/, () => t('it holds the unlocked keys of a login session')],
  [/^(dbus-daemon|dbus-broker)$/, () => t('the programs of a login session talk through it')],
  [/^(Xorg|Xvnc|Xtigervnc|Xwayland|Xvfb)$/, () => t('the windows of a whole session run on it')],
];

/** Null: it carries nothing but what it serves on the port, as far as is known. Never rejects. */
export async function hostedSessions(process: ProcessDetail, port: number): Promise<HostedSessions | null> {
  const program = baseName(process.command.split(' ')[0] ?? '');
  if (program === 'ssh' || program === 'ssh:') return sshSessions(process, port);
  const host = hosts.find(([names]) => names.test(process.name) || names.test(program));
  return host ? { text: host[1](), release: null } : null;
}

async function sshSessions(detail: ProcessDetail, port: number): Promise<HostedSessions | null> {
  const { destination, runsNothing, forwards } = parseSsh(detail.command);
  // A master that went to the background has another title, and no session of its own.
  const own = detail.command.endsWith(' [mux]') || runsNothing ? 0 : 1;
  const master = await masterOf(detail);
  const sessions = (master?.sessions ?? 0) + own;
  const forward = forwardOf(forwards, port);
  const release =
    master && forward && destination !== null
      ? (['ssh', '-F', 'none', '-S', master.path, '-O', 'cancel', ...forward, destination] as const)
      : null;
  if (sessions === 0 && !release) return null;
  return { text: sessionsText(sessions), release };
}

function sessionsText(sessions: number): string {
  if (sessions === 0) return t('no ssh session runs through it');
  return sessions === 1
    ? t('1 ssh session runs through it')
    : t('{0} ssh sessions run through it', String(sessions));
}

interface Master {
  /** The control socket. */
  readonly path: string;
  readonly sessions: number;
}

/** Null: it is no master of this user's, or does not answer. */
async function masterOf(detail: ProcessDetail): Promise<Master | null> {
  const { pid, uid } = detail;
  if (uid !== process.getuid?.() || !(await isSeenHere(detail))) return null;
  const held = await socketInodes(pid);
  const rows = parseUnixSockets(await readFile(`/proc/${pid}/net/unix`, 'utf8').catch(() => ''));
  const listener = rows.find(({ listens, inode }) => listens && held.has(inode));
  if (!listener) return null;
  const sessions = rows.filter(
    ({ listens, path, inode }) => !listens && path === listener.path && held.has(inode),
  );
  // ssh binds another name first, and then links it.
  const path = listener.path.replace(/\.[A-Za-z0-9]{16}$/, '');
  const { ok, errorText } = await runProgram('ssh', ['-F', 'none', '-S', path, '-O', 'check', 'master']);
  return ok && errorText.includes(`(pid=${pid})`) ? { path, sessions: sessions.length } : null;
}

/** Inodes of the sockets in its file table; empty where it cannot be read. */
async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

interface UnixSocket {
  readonly inode: string;
  readonly path: string;
  readonly listens: boolean;
}

/** Sockets with a path in /proc/net/unix. An accepted one has the path of its listener. */
export function parseUnixSockets(text: string): UnixSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, flags, inode, path] = /^\S+: \S+ \S+ (\S+) \S+ \S+ +(\d+) (.+)$/.exec(line) ?? [];
    return inode === undefined || path === undefined ? [] : [{ inode, path, listens: flags === '00010000' }];
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
