/** `sockscope agent install [--unit USER]` */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installFolder, launcher } from '../../common/installed-files';
import { missingProc } from '../../common/missing-proc';
import { version } from '../../common/version';
import { readArguments } from '../arguments';
import { CommandError, Exit } from '../exit';
import { printLine } from '../output';
import { agentVerbs } from '../syntax/agent';
import { installCopy } from './copy';
import { linkPath, makeLink } from './link';
import { lockInstall } from './lock';
import { requireRoot } from './require-root';
import { chooseRuntime, type Runtime } from './runtime';
import { disableCommand, enableUnit, systemdHasBooted, updateUnits } from './units';

export async function install(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, agentVerbs.install);
  requireRoot(['install', ...words]);
  const uid = values.unit === '' ? null : uidOf(values.unit);
  const runtime = make(uid);
  printLine(
    `Sockscope ${version} is installed in ${installFolder}, where only root can change what sudo starts; it runs with ${runtime.copied ? 'a copy of ' : ''}${runtime.path}`,
  );
  if (__dirname === installFolder)
    printLine(
      'That was the installed copy itself, so nothing is newer: to update it, run agent install of the new files, as in their folder: sudo "$(which node)" dist/sockscope.js agent install',
    );
  printLine(`Start its agent, or with restart in the place of one that runs: ${ownCommand()} agent serve`);
  if (uid !== null) printLine(unitText(uid));
  return Exit.ok;
}

/** Errors have the exit code `notInstalled`. */
function make(uid: number | null): Runtime {
  try {
    requireProc();
    lockInstall();
    const runtime = chooseRuntime();
    installCopy(__dirname, runtime);
    makeLink();
    updateUnits();
    if (uid !== null) enableUnit(uid);
    relabel();
    return runtime;
  } catch (error) {
    throw Object.assign(error as Error, { exit: Exit.notInstalled });
  }
}

/** It shows by what this program runs, and what that loads. Throws CommandError. */
function requireProc(): void {
  const missing = missingProc();
  if (missing !== null) throw new CommandError(Exit.failed, missing);
}

/** Throws CommandError (usage). */
function uidOf(user: string): number {
  const { status, stdout } = spawnSync('id', ['-u', '--', user], { encoding: 'utf8' });
  const uid = Number(stdout);
  if (status !== 0) throw new CommandError(Exit.usage, `--unit "${user}" is no user of this machine`);
  if (uid === 0) throw new CommandError(Exit.usage, '--unit is for a user: root needs no agent');
  return uid;
}

function ownCommand(): string {
  return `${ownSudo()}${join(installFolder, launcher)}`;
}

/** As the person types it who has typed this one: with or without sudo. */
function ownSudo(): string {
  return process.env.SUDO_UID === undefined ? '' : 'sudo ';
}

function unitText(uid: number): string {
  const from = systemdHasBooted()
    ? 'From now on'
    : 'systemd does not run here. Once it has booted this system';
  return `${from}, systemd starts the agent for every program of uid ${uid} without a password, also for one that its user has not started. To end that: ${ownSudo()}${disableCommand(uid)}`;
}

/** Policies of SELinux know what is a program here; what a program makes has the label of its folder. */
function relabel(): void {
  if (!existsSync('/sys/fs/selinux/enforce')) return;
  spawnSync('restorecon', ['-R', installFolder, linkPath], { stdio: 'ignore' });
}
