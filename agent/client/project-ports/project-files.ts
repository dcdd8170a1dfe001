/** The ports that the files of a folder name: compose, .env, launch and package files, and configurations of dev servers. */

import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isForClient, isUdp } from './mention-role';
import { type DocumentKind, portsIn } from './port-mentions';
import { filledIn, variablesOf } from './variables';

export interface PortPlace {
  readonly port: number;
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
  /** A server binds it; else a client connects to it. */
  readonly server: boolean;
}

export interface ProjectPorts {
  /** Of TCP, in the order of files and lines. */
  readonly places: readonly PortPlace[];
  /** Files that could not be read, and why. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

/** Bytes of one file. */
const maxSize = 1_000_000;

const environment = /^\.env(?:\.local|\.development|\.development\.local)?$/;
const kinds: readonly (readonly [name: RegExp, kind: DocumentKind])[] = [
  [environment, 'environment'],
  [/^package\.json$/, 'package'],
  [/^(?:docker-)?compose(?:\.override)?\.ya?ml$/, 'compose'],
  [/^(?:launch|tasks)\.json$/, 'launch'],
  [/^(?:vite|next|nuxt|astro|webpack|vue|rsbuild)\.config\.[cm]?[jt]s$/, 'script'],
];

/** What shells have set wins over .env files, as docker compose has it. Throws where the folder cannot be read. */
export function portsOfFolder(folder: string, shell: NodeJS.ProcessEnv = process.env): ProjectPorts {
  const texts = new Map<string, { readonly text: string; readonly kind: DocumentKind }>();
  const unread: { file: string; why: string }[] = [];
  const leaveOut = (file: string, error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    unread.push({ file, why: code ?? message });
  };
  const files = filesIn(folder, false);
  const launch = join(folder, '.vscode');
  try {
    if (existsSync(launch)) files.push(...filesIn(launch, true));
  } catch (error) {
    leaveOut(launch, error);
  }
  for (const [file, kind] of files) {
    try {
      texts.set(file, { text: readText(file), kind });
    } catch (error) {
      leaveOut(file, error);
    }
  }
  const variables = { ...variablesOf(texts.get(join(folder, '.env'))?.text ?? ''), ...shell };
  const places = [...texts].flatMap(([file, { text, kind }]) =>
    placesIn(file, kind === 'compose' ? filledIn(text, variables) : text, kind),
  );
  return { places, unread };
}

/** Of one folder, in the order of names; those of the editor are below `.vscode`. */
function filesIn(folder: string, ofEditor: boolean): (readonly [file: string, kind: DocumentKind])[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const kind = kinds.find(([pattern]) => pattern.test(name))?.[1];
      return kind && (kind === 'launch') === ofEditor ? [[join(folder, name), kind] as const] : [];
    });
}

function readText(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // a fifo would hold it up
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > maxSize) throw new Error(`it has more than ${maxSize} bytes`);
    const bytes = Buffer.alloc(stats.size);
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

function placesIn(file: string, text: string, kind: DocumentKind): PortPlace[] {
  return portsIn(text, kind)
    .filter((mention) => !isUdp(text, mention, kind))
    .map((mention) => ({
      port: mention.port,
      file,
      line: text.slice(0, mention.start).split('\n').length,
      server: !isForClient(text, mention, kind),
    }));
}
