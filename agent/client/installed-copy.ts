/** The installed copy as its clients find it, and the command that starts the agent: from that copy, where there is one. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandText } from '../common/command-text';
import { type CopyManifest, copyManifest, installFolder, launcher } from '../common/installed-files';
import { changeableByOthers } from '../common/root-only';
import type { Check } from '../protocol';
import { type Side, sideOf, sideText } from '../protocol/compatibility';
import { ownAsRoot, ownUid } from './served-uid';
import { thisSide } from './version-skew';

/** Only root can change what it starts. Whether it is complete and unaltered, `program` checks before it starts anything. */
type SoundCopy = { readonly kind: 'sound'; readonly program: string; readonly runtime: string } & Side;

export type InstalledCopy =
  | { readonly kind: 'absent' }
  /** Must not be started; the reason is a sentence without its full stop. */
  | { readonly kind: 'unsound'; readonly reason: string }
  | SoundCopy;

type Words = readonly [string, ...string[]];

export type Launch =
  /** Only root can change what this command starts. */
  | { readonly kind: 'installed'; readonly command: Words }
  /** There is no installed copy. Whoever owns the files of this command, or runs programs as their owner, decides what root runs. */
  | { readonly kind: 'writable'; readonly command: Words }
  /**
   * The installed copy cannot be used, for a reason without its full stop. This command puts the present version in its place, and
   * `start` starts that.
   */
  | { readonly kind: 'outdated'; readonly reason: string; readonly command: Words; readonly start: Words };

/** Some fifty system calls. `folder` is a parameter for tests only. */
export function findInstalledCopy(folder = installFolder): InstalledCopy {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const manifest = manifestIn(folder);
    const program = join(folder, launcher);
    const files = [...entries.map((entry) => join(folder, entry)), program, manifest.runtime];
    const [reason] = files.flatMap(changeableByOthers);
    if (reason === undefined) return { kind: 'sound', program, ...manifest };
    return { kind: 'unsound', reason: `The installed copy may have been altered: ${reason}` };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === folder) return { kind: 'absent' };
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'unsound', reason: `The installed copy in ${folder} cannot be used: ${why}` };
  }
}

/** Throws where it is missing or is none. */
function manifestIn(folder: string): Side & Pick<CopyManifest, 'runtime'> {
  const { runtime, ...side } = JSON.parse(readFileSync(join(folder, copyManifest), 'utf8'));
  if (typeof runtime !== 'string') throw new Error(`${copyManifest} is incomplete`);
  return { runtime, ...sideOf(side) };
}

/** `program`: path of the agent program that lies beside this client. `words`: arguments of `serve`. */
export function launchOf(
  program: string,
  words: readonly string[],
  copy: InstalledCopy = findInstalledCopy(),
): Launch {
  if (copy.kind === 'absent')
    return { kind: 'writable', command: asRootWords([...withNode(program), 'serve', ...words]) };
  if (isUsable(copy))
    return { kind: 'installed', command: asRootWords([copy.program, 'agent', 'serve', ...words]) };
  const start = asRootWords([join(installFolder, launcher), 'agent', 'serve', ...words]);
  return { kind: 'outdated', reason: whyOutdated(copy), command: installCommand(program), start };
}

/** For people. */
export function installedCopyCheck(copy: InstalledCopy = findInstalledCopy()): Check {
  const name = 'installed-copy';
  const advice = 'sudo sockscope agent install';
  if (copy.kind === 'absent')
    return {
      name,
      ok: false,
      detail: `There is none: root starts the agent from files that others may change. For a copy that only root can change: ${advice}`,
    };
  if (!isUsable(copy))
    return { name, ok: false, detail: `${whyOutdated(copy)}. To install again: ${advice}` };
  return {
    name,
    ok: true,
    detail: `Only root can change version ${sideText(copy)} in ${installFolder} and its runtime (${copy.runtime})`,
  };
}

function isUsable(copy: InstalledCopy): copy is SoundCopy {
  return copy.kind === 'sound' && copy.protocol === thisSide.protocol;
}

function whyOutdated(copy: Exclude<InstalledCopy, { kind: 'absent' }>): string {
  if (copy.kind === 'unsound') return copy.reason;
  return `The installed copy is version ${sideText(copy)}, and this is version ${sideText(thisSide)}`;
}

/**
 * `verb` and its words as a person types them where only root may run them: of the installed copy, where there is one; where it cannot
 * be used, it is installed anew first. `program`: path of sockscope.js beside this client. `typed`: how root's commands are typed.
 */
export function rootCommand(
  program: string,
  verb: string,
  copy = findInstalledCopy(),
  typed = ownAsRoot,
): string {
  if (copy.kind === 'absent') return ownRootCommand(program, verb, typed);
  const installed = typed(`${join(installFolder, launcher)} ${verb}`);
  return isUsable(copy) ? installed : `${ownRootCommand(program, 'agent install', typed)} && ${installed}`;
}

/** As rootCommand, for `agent uninstall`: a copy that cannot be used is removed as it is, by the files at hand. */
export function removalCommand(
  program: string,
  verb: string,
  copy = findInstalledCopy(),
  typed = ownAsRoot,
): string {
  return isUsable(copy) ? rootCommand(program, verb, copy, typed) : ownRootCommand(program, verb, typed);
}

/** As rootCommand, but of the files at hand, such as those to install. */
export function ownRootCommand(program: string, verb: string, typed = ownAsRoot): string {
  return typed(`${commandText([process.execPath, program])} ${verb}`);
}

/** Installs the copy, or puts the present version in its place. */
export function installCommand(program: string): Words {
  return asRootWords([...withNode(join(dirname(program), 'sockscope.js')), 'agent', 'install']);
}

/** The runtime may be the editor's, which is Node.js only when it is asked to be. */
function withNode(program: string): string[] {
  return ['env', 'ELECTRON_RUN_AS_NODE=1', process.execPath, program];
}

function asRootWords(words: readonly string[]): Words {
  const [first = '', ...rest] = words;
  return ownUid() === 0 ? [first, ...rest] : ['sudo', '--', first, ...rest];
}
