/** The JavaScript runtime of the installed copy. */

import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { installFolder } from '../../common/installed-files';
import { changeableByOthers, makeableByOthers } from '../../common/root-only';
import { CommandError, Exit } from '../exit';

export interface Runtime {
  readonly path: string;
  /** Others than root can change it, or it lies in the copy that is to be replaced: the new copy has one of its own. */
  readonly copied: boolean;
}

/** Where packages of a distribution put it. */
const packaged = ['/usr/bin/node', '/usr/bin/nodejs'];
const minMajor = 20;

/**
 * `executable`: what runs this program. An editor's does not work without the files around it: where that may be changed, Node.js of
 * the distribution takes its place. Throws CommandError.
 */
export function chooseRuntime(
  executable = process.execPath,
  isEditor = process.versions.electron !== undefined,
): Runtime {
  const path = realpathSync(executable);
  const isOurs = path.startsWith(`${installFolder}/`);
  const [reason] = changeableByOthers(path);
  if (reason === undefined && !isOurs) return { path, copied: false };
  if (!isEditor) return { path, copied: true };
  const other = packaged.find(isUsable);
  if (other) return { path: realpathSync(other), copied: false };
  throw new CommandError(
    Exit.failed,
    `${reason}, and the editor's runtime cannot be copied: install Node.js ${minMajor} or newer of your distribution, then try again`,
  );
}

function isUsable(path: string): boolean {
  if (!existsSync(path) || changeableByOthers(realpathSync(path)).length > 0) return false;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', env: {} });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1]) >= minMajor;
}

/**
 * Has it load the addon, and checks what it loads besides, and where it looks for that first. Returns those folders, of which some may
 * be missing. Throws CommandError.
 */
export function tryOut(runtime: string, addon: string): string[] {
  const script =
    "require(process.argv[1]); process.stdout.write(require('node:fs').readFileSync('/proc/self/maps', 'utf8'))";
  const env = { ELECTRON_RUN_AS_NODE: '1', LD_DEBUG: 'libs' };
  const tried = spawnSync(runtime, ['--eval', script, addon], { encoding: 'utf8', env, cwd: '/' });
  if (tried.error || tried.status !== 0)
    throw new CommandError(Exit.failed, `A copy there does not run: ${whyNot(tried)}. Nothing was installed`);
  const searched = searchedFolders(tried.stderr);
  const [reason] = [
    ...programFilesIn(tried.stdout).flatMap(changeableByOthers),
    ...searched.flatMap(whyFillable),
  ];
  if (reason !== undefined)
    throw new CommandError(Exit.failed, `The JavaScript runtime loads what others can change: ${reason}`);
  return searched;
}

/**
 * Of what glibc's loader reports (LD_DEBUG in ld.so(8)): where a program or a library has it look before all other places. musl's
 * reports nothing.
 */
function searchedFolders(report: string): string[] {
  const lines = [...report.matchAll(/search path=(.*?)\s+\((?:RUNPATH|RPATH) from file /g)];
  return [...new Set(lines.flatMap(([, paths = '']) => paths.split(':')))];
}

function whyFillable(folder: string): string[] {
  return isAbsolute(folder) ? makeableByOthers(folder) : [`"${folder}" is where it is started`];
}

function whyNot({ error, stderr }: { error?: NodeJS.ErrnoException | undefined; stderr: string }): string {
  if (error?.code === 'EACCES') return 'it lies on a mount without programs (noexec)';
  if (error) return error.message;
  return /^Error: (.*)$/m.exec(stderr)?.[1] ?? 'it ended by itself';
}

/** Of /proc/PID/maps: the files whose code it may run. */
function programFilesIn(maps: string): string[] {
  const paths = [...maps.matchAll(/^\S+ ..x\S* \S+ \S+ [1-9]\d* +(\/.*)$/gm)].map(([, path = '']) => path);
  return [...new Set(paths)];
}
