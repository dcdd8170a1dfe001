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
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { addonPath } from '../../common/addon-path';
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
  requireRootsFolder(`change what sudo starts from ${installFolder}`);
  requirePlace();
  removeLeftovers();
  const staged = mkdtempSync(join(parent, besides));
  try {
    fill(staged, source, runtime);
    chmodSync(staged, 0o755);
    putInPlace(staged);
  } finally {
    removeLeftovers();
  }
}

/** False: there was none. Call requireRemovable first. */
export function removeCopy(): boolean {
  const isThere = present() !== undefined;
  if (isThere) renameSync(installFolder, join(mkdtempSync(join(parent, besides)), 'old'));
  removeLeftovers();
  return isThere;
}

/** Throws CommandError where others could have something else removed. */
export function requireRemovable(): void {
  if (present() || leftovers().length > 0) requireRootsFolder(`change what is removed from ${parent}`);
}

function present(): Stats | undefined {
  return lstatSync(installFolder, { throwIfNoEntry: false });
}

/** `otherwise`: what others could do. */
function requireRootsFolder(otherwise: string): void {
  const [reason] = changeableByOthers(existsSync(parent) ? parent : dirname(parent));
  if (reason !== undefined)
    throw new CommandError(
      Exit.failed,
      `${reason}, so that others than root could ${otherwise}: have it belong to root alone, then try again`,
    );
}

function requirePlace(): void {
  if (!existsSync(parent)) makeFolder(parent);
  if (present()?.isDirectory() === false)
    throw new CommandError(Exit.failed, `${installFolder} is not a folder: remove it, then try again`);
}

/** The runtime is tried out before the command is written, which checks where that has looked for libraries. */
function fill(staged: string, source: string, { path, copied }: Runtime): void {
  const runtime = copied ? join(installFolder, ownRuntime) : path;
  const files = new Map<string, string | Buffer>();
  const add = (name: string, content: string | Buffer) => {
    files.set(name, content);
    writeFileSync(join(staged, name), content);
    chmodSync(join(staged, name), name.startsWith(`${dirname(launcher)}/`) ? 0o755 : 0o644);
  };
  makeFolder(join(staged, dirname(launcher)));
  for (const name of copiedFiles) add(name, sourceFile(sourcePath(source, name)));
  add(copyManifest, manifestText(runtime));
  if (copied) add(ownRuntime, readFileSync(path));
  const searched = tryOut(copied ? join(staged, ownRuntime) : path, join(staged, 'sockscope.node'));
  // What is looked for within the copy is part of it; `..` may lead out of it.
  const elsewhere = searched.map(normalize).filter((folder) => !folder.startsWith(`${staged}/`));
  add(launcher, launcherText(runtime, elsewhere));
  add(hashList, [...files].map(([name, content]) => `${sha256(content)}  ${name}\n`).join(''));
}

function manifestText(runtime: string): string {
  const manifest: CopyManifest = {
    name: 'sockscope',
    version,
    type: 'commonjs',
    protocol: protocolNumber,
    runtime,
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whatever the umask is. */
function makeFolder(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

function sourcePath(folder: string, name: (typeof copiedFiles)[number]): string {
  return name === 'sockscope.node' ? addonPath(folder) : join(folder, name);
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
  const left = leftovers();
  if (left.length > 0) spawnSync('/bin/rm', ['-rf', '--', ...left], { stdio: 'inherit' });
}

function leftovers(): string[] {
  const names = existsSync(parent) ? readdirSync(parent) : [];
  return names.filter((name) => name.startsWith(besides)).map((name) => join(parent, name));
}
