/** The ports that a document names, and their places; doubtful ones are left out. Pure. */

import { composePorts, type PortMention } from './compose-ports';
import * as patterns from './port-patterns';

/** Kinds of documents, each with its own patterns. */
export const documentKinds = [
  'environment',
  'package',
  'compose',
  'launch',
  'script',
  'python',
  'go',
  'ruby',
  'php',
  'rust',
  'java',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** Characters of a document that are read. */
const maxTextLength = 200_000;
/** Limits for one document. */
const maxMentions = 200;
const maxPorts = 50;

const options = [patterns.nearAddress, patterns.longOption, patterns.shortOption, patterns.inspectOption];
const shell = [...options, patterns.shellVariable, patterns.pythonServer];
const source = [...options, patterns.fallback, patterns.hostAndPort];

const patternsOf: Readonly<Record<Exclude<DocumentKind, 'compose'>, readonly RegExp[]>> = {
  environment: [patterns.nearAddress, patterns.shellVariable],
  package: shell,
  launch: [...shell, patterns.named],
  script: [...source, patterns.named, patterns.listenCall],
  python: [...source, patterns.named, patterns.pythonPair],
  go: [...source, patterns.named, patterns.goAddress],
  ruby: [...source, patterns.namedByArrow, patterns.rubyServer, patterns.rubySetting],
  php: [...source, patterns.namedByArrow],
  rust: [...source, patterns.named, patterns.rustAddress],
  java: [...source, patterns.named, patterns.javaSocket],
};

/** In the order of the text; the rest of long documents is left out. */
export function portsIn(whole: string, kind: DocumentKind): readonly PortMention[] {
  const text = whole.slice(0, maxTextLength);
  const found = kind === 'compose' ? composePorts(text) : matches(readable(text, kind), patternsOf[kind]);
  const byStart = new Map(found.filter(({ port }) => port <= 65535).map((one) => [one.start, one]));
  const inOrder = [...byStart.values()].sort((one, other) => one.start - other.start);
  const ports = new Set(portsOf(inOrder).slice(0, maxPorts));
  return inOrder.filter(({ port }) => ports.has(port)).slice(0, maxMentions);
}

/** Each port once. */
export function portsOf(mentions: readonly PortMention[]): readonly number[] {
  return [...new Set(mentions.map(({ port }) => port))];
}

function matches(text: string, all: readonly RegExp[]): PortMention[] {
  return all.flatMap((pattern) =>
    [...text.matchAll(pattern)]
      .filter((found) => patterns.isMeant(found, text))
      .map(({ indices, groups }) => {
        const [start = 0, end = 0] = indices?.groups?.port ?? [];
        return { port: Number(groups?.port), start, end };
      }),
  );
}

/** Replaces comments, and what is outside of scripts, by blanks; offsets stay. */
function readable(text: string, kind: DocumentKind): string {
  if (kind === 'environment') return text.replace(/^[ \t]*#.*$/gm, blank);
  return kind === 'package' ? scriptsOf(text) : text;
}

/** Blanks out everything outside of `"scripts": { }`. */
function scriptsOf(text: string): string {
  const head = /"scripts"\s*:\s*\{/.exec(text);
  if (!head) return '';
  const start = head.index + head[0].length;
  return blank(text.slice(0, start)) + text.slice(start, endOfObject(text, start));
}

/** Offset of the next closing brace outside of strings. */
function endOfObject(text: string, start: number): number {
  for (const found of text.slice(start).matchAll(/"(?:[^"\\\n]|\\.)*"|\}/g))
    if (found[0] === '}') return start + found.index;
  return text.length;
}

/** Lines stay lines. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
