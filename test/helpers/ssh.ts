/** A real sshd of a stage's user, and a session in it whose program is a puppet. */

import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { descendantsOf } from './holders/descendants';
import { end, run, start, until, which } from './programs';
import { Puppet } from './puppet';
import { python, type Stage } from './stage';

/** For `skip`. */
export const withoutSsh = ['sshd', 'ssh', 'ssh-keygen'].every((name) => which(name))
  ? false
  : 'there is no sshd';

export interface SshSession {
  /** Where sshd listens, at 127.0.0.1. */
  readonly port: number;
  /** The pid of sshd; the session's processes are below it. */
  readonly daemon: number;
  /** The program in the session. */
  readonly puppet: Puppet;
}

async function makeKey(stage: Stage, name: string): Promise<string> {
  const path = join(folderOf(stage), name);
  const command = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path];
  const { code, stderr } = await run(command, { user: stage.user });
  assert.equal(code, 0, stderr);
  return path;
}

const folderOf = (stage: Stage) => join(stage.user.home, 'ssh');

async function startDaemon(stage: Stage, port: number): Promise<number> {
  const settings = {
    Port: String(port),
    ListenAddress: '127.0.0.1',
    HostKey: await makeKey(stage, 'host'),
    AuthorizedKeysFile: `${await makeKey(stage, 'user')}.pub`,
    StrictModes: 'no',
    UsePAM: 'no',
    PidFile: 'none',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const child = start(
    [which('sshd') ?? '', '-D', '-e', '-f', '/dev/null', ...options],
    { user: stage.user, netns: stage.netns },
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  stage.onClose(() => end(child, 'SIGTERM'));
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await until(`sshd listens: ${printed}`, () => /Server listening/.test(printed));
  assert.ok(child.pid);
  return child.pid;
}

/** The pid on this machine of the puppet below sshd. */
function puppetBelow(daemon: number): number | undefined {
  return descendantsOf(daemon).find((pid) => {
    try {
      return /^[^\0]*python3\0[^\0]*puppet\.py/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false; // it has ended
    }
  });
}

/** Starts sshd at 127.0.0.1 for the stage's user, until the stage closes; returns its pid. */
export async function sshDaemon(stage: Stage, port: number): Promise<number> {
  mkdirSync(folderOf(stage));
  chownSync(folderOf(stage), stage.user.uid, stage.user.gid);
  return startDaemon(stage, port);
}

/** Arguments of ssh for a session at that sshd: options, then the destination. */
export function sshWords(stage: Stage, port: number): string[] {
  const options = { StrictHostKeyChecking: 'no', UserKnownHostsFile: '/dev/null', LogLevel: 'QUIET' };
  return [
    ...['-F', '/dev/null'],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['-i', join(folderOf(stage), 'user'), '-p', String(port), `${stage.user.name}@127.0.0.1`],
  ];
}

export async function openSshSession(stage: Stage, port: number): Promise<SshSession> {
  const daemon = await sshDaemon(stage, port);
  const puppet = await Puppet.start(
    ['ssh', ...sshWords(stage, port), python, join(stage.folder, 'puppet.py')],
    { user: stage.user, netns: stage.netns },
    () => until('the puppet is found', () => puppetBelow(daemon)),
  );
  stage.onClose(() => puppet.stop());
  return { port, daemon, puppet };
}
