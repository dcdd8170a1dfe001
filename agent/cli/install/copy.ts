/** Makes the installed copy, whole or not at all, and removes it. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type CopyManifest,
  copiedFiles,
  copyManifest,
  hashList,
  installFolder,
  launcher,
  ownRuntime,
} from '../../common/installed-files';
import { changeableByOthers } from '../../common/root-only';
import { version } from '../../common/version';
import { protocolNumber } from '../../protocol';
import { CommandError, Exit } from '../exit';
import { launcherText } from './launcher';
import { type Runtime, tryOut } from './runtime';

const parent = dirname(installFolder);
/** Of folders beside the copy, in which one is made or taken away. An interrupted run leaves one, which nothing starts. */
const besides = '.sockscope-';

/** `source`: folder of this program's files. Throws CommandError. */
export function installCopy(source: string, runtime: Runtime): void {
  requireRootsFolder();
  removeLeftovers();
  const staged = mkdtempSync(join(parent, besides));
  try {
    fill(staged, source, runtime);
    tryOut(runtime.copied ? join(staged, ownRuntime) : runtime.path, join(staged, 'sockscope.node'));
    chmodSync(staged, 0o755);
    putInPlace(staged);
  } finally {
    removeLeftovers();
  }
}

/** False: there was none. */
export function removeCopy(): boolean {
  const isThere = lstatSync(installFolder, { throwIfNoEntry: false }) !== undefined;
  if (isThere) renameSync(installFolder, join(mkdtempSync(join(parent, besides)), 'old'));
  removeLeftovers();
  return isThere;
}

/** sudo would start what others put there. */
function requireRootsFolder(): void {
  const [reason] = existsSync(parent) ? changeableByOthers(parent) : changeableByOthers(dirname(parent));
  if (reason !== undefined)
    throw new CommandError(
      Exit.failed,
      `${reason}, so that others than root could change what sudo starts from ${installFolder}: have it belong to root alone, then try again`,
    );
  if (!existsSync(parent)) makeFolder(parent);
  const present = lstatSync(installFolder, { throwIfNoEntry: false });
  if (present && !present.isDirectory())
    throw new CommandError(Exit.failed, `${installFolder} is not a folder: remove it, then try again`);
}

function fill(staged: string, source: string, { path, copied }: Runtime): void {
  makeFolder(join(staged, dirname(launcher)));
  const runtime = copied ? join(installFolder, ownRuntime) : path;
  const manifest: CopyManifest = {
    name: 'sockscope',
    version,
    type: 'commonjs',
    protocol: protocolNumber,
    runtime,
  };
  const files = new Map<string, string | Buffer>([
    ...copiedFiles.map((name) => [name, sourceFile(join(source, name))] as const),
    [copyManifest, `${JSON.stringify(manifest, null, 2)}\n`],
    [launcher, launcherText(runtime)],
    ...(copied ? [[ownRuntime, readFileSync(path)] as const] : []),
  ]);
  const write = (name: string, content: string | Buffer) => {
    writeFileSync(join(staged, name), content);
    chmodSync(join(staged, name), name.startsWith(`${dirname(launcher)}/`) ? 0o755 : 0o644);
  };
  for (const [name, content] of files) write(name, content);
  write(hashList, [...files].map(([name, content]) => `${sha256(content)}  ${name}\n`).join(''));
}

/** Whatever the umask is. */
function makeFolder(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

function sourceFile(path: string): Buffer {
  if (existsSync(path)) return readFileSync(path);
  throw new CommandError(
    Exit.failed,
    `${path} is missing: get Sockscope again, or build it with npm run build`,
  );
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Where it is interrupted between both names, nothing is installed. */
function putInPlace(staged: string): void {
  const old = join(mkdtempSync(join(parent, besides)), 'old');
  const isUpdate = existsSync(installFolder);
  if (isUpdate) renameSync(installFolder, old);
  try {
    renameSync(staged, installFolder);
  } catch (error) {
    if (isUpdate) renameSync(old, installFolder);
    throw error;
  }
}

/** Not by Node.js, which removes by path: in a folder that others could write, they might lead it elsewhere. */
function removeLeftovers(): void {
  if (!existsSync(parent)) return;
  const left = readdirSync(parent).filter((name) => name.startsWith(besides));
  if (left.length === 0) return;
  spawnSync('/bin/rm', ['-rf', '--', ...left.map((name) => join(parent, name))], { stdio: 'inherit' });
}
