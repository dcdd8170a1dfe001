/**
 * Ports that a compose file publishes on this machine: entries of `ports:`, and `published:`. Those inside containers are
 * left out: they say nothing about this machine. Parsed by lines, which is enough for usual compose files. Pure.
 */

export interface PortMention {
  /** 1 to 65535. */
  readonly port: number;
  /** Offsets of its digits. */
  readonly start: number;
  readonly end: number;
}

/** `3000:3000`, `127.0.0.1:8001:8001`, `${PORT:-3000}:3000`; without a colon, the machine's port is chosen at random. */
const entry =
  /(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}:|\[[\da-f:]{2,39}\]:)?(?:\$\{\w{1,60}:?-)?(?<port>[1-9]\d{0,4})\}?:(?=[\d$])/dg;
const published = /^[\s-]*published\s*:\s*["']?(?<port>[1-9]\d{0,4})(?=["'\s]|$)/dg;
const section = /^(?<indent>\s*)ports\s*:(?<rest>.*)$/;

/** May have numbers that are too large for a port. */
export function composePorts(text: string): PortMention[] {
  const found: PortMention[] = [];
  let start = 0;
  /** Indentation of the `ports:` that the line belongs to; -1: of none. */
  let within = -1;
  for (const line of text.split('\n')) {
    const code = line.replace(/(?:^|\s)#.*$/, '');
    const header = section.exec(code);
    if (header) within = header.groups?.indent?.length ?? 0;
    else if (within >= 0 && endsSection(code, within)) within = -1;
    if (within >= 0) found.push(...mentions(code, entry, start), ...mentions(code, published, start));
    start += line.length + 1;
  }
  return found;
}

/** Entries may stand as far left as their key. */
function endsSection(code: string, within: number): boolean {
  const indent = code.search(/\S/);
  return indent >= 0 && (indent < within || (indent === within && code[indent] !== '-'));
}

function mentions(code: string, pattern: RegExp, start: number): PortMention[] {
  return [...code.matchAll(pattern)].flatMap(({ indices, groups }) => {
    const [from = 0, to = 0] = indices?.groups?.port ?? [];
    return [{ port: Number(groups?.port), start: start + from, end: start + to }];
  });
}
