/** A temporary user, without privileges except a sudo that asks for a password. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { User } from './vscode-server';

export interface PlainUser extends User {
  readonly password: string;
  /** Ends the user's processes and removes the user, the home folder, temporary files and the sudo rule. */
  remove(): Promise<void>;
}

const output = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' });

function processesOf(uid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return statSync(`/proc/${name}`).uid === uid;
      } catch {
        return false; // it ended
      }
    })
    .map(Number);
}

async function endProcesses(uid: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const pids = processesOf(uid);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, attempt < 20 ? 'SIGTERM' : 'SIGKILL');
      } catch {
        // it ended
      }
    }
    await sleep(100);
  }
}

/** Podman and VS Code leave some, and another user may get the same uid. */
function removeTemporaryFiles(uid: number): void {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name);
    if (lstatSync(path, { throwIfNoEntry: false })?.uid === uid)
      rmSync(path, { recursive: true, force: true });
  }
}

function remover(name: string, rule: string): () => Promise<void> {
  return async () => {
    const [, , uidText, , , home = ''] = output('getent', 'passwd', name).split(':');
    const uid = Number(uidText);
    rmSync(rule, { force: true });
    await endProcesses(uid);
    // Not by userdel: it locks the users until an editor of thousands of files is removed, and others wait 15 s for that lock.
    rmSync(home, { recursive: true, force: true });
    execFileSync('userdel', [name], { stdio: 'ignore' });
    removeTemporaryFiles(uid);
    rmSync(`/run/sockscope/${uid}`, { recursive: true, force: true });
  };
}

/** Processes are ended by uid, so another run, even in a chroot with its own users, must not get the same one. */
const ownUid = () => 20_000 + (process.pid % 40_000);

export function createPlainUser(): PlainUser {
  const name = `sockscope-${randomBytes(4).toString('hex')}`;
  const rule = `/etc/sudoers.d/${name}`;
  const password = randomBytes(9).toString('hex');
  execFileSync('useradd', ['--create-home', '--shell', '/bin/bash', '--uid', String(ownUid()), name]);
  const remove = remover(name, rule);
  try {
    execFileSync('chpasswd', { input: `${name}:${password}` });
    writeFileSync(rule, `${name} ALL=(ALL:ALL) ALL\n`, { mode: 0o440 });
    output('visudo', '--check', '--quiet', `--file=${rule}`);
    const [, , uid, gid, , home = ''] = output('getent', 'passwd', name).split(':');
    return { name, uid: Number(uid), gid: Number(gid), home, password, remove };
  } catch (error) {
    void remove();
    throw error;
  }
}
