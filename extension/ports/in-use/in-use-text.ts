/** Finds the taken port in a line that a program prints about it. Pure; the text is untrusted. */

import { isPort, type PortProtocol } from '../../../agent/protocol';

export interface PortInUse {
  readonly port: number;
  readonly protocol: PortProtocol;
}

/** `start` and `length`: the range of a link. */
interface PortInLine extends PortInUse {
  readonly start: number;
  readonly length: number;
}

/**
 * - `port`: this port is taken.
 * - `unnamed`: a port is taken that another line or the command names.
 * - `path`: the path of a Unix socket is taken.
 */
type Complaint =
  | { readonly kind: 'port'; readonly port: PortInLine }
  | { readonly kind: 'unnamed' }
  | { readonly kind: 'path' };

/** Characters of a line that are read on either side of the error. */
const contextLength = 400;

/** Escape sequences of terminals: CSI, OSC, and those of two or three characters. */
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what an escape sequence is made of
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-Z\\^-~])/g;

export function withoutEscapes(text: string): string {
  return text.includes('\x1b') ? text.replace(escapes, '') : text;
}

/** The kernel's text and errno, and the wording of tools. */
const reports = new RegExp(
  [
    'address already in use',
    'EADDRINUSE',
    'AddrInUse',
    'port is already allocated', // docker
    'connection in use:', // gunicorn
    'that port is already in use', // Django
    String.raw`\bports? \d{1,5},? (?:(?:it )?(?:is|was|seems to be) )?(?:already )?in use`,
    String.raw`\bport \d{1,5} is (?:not available|not open on)`, // Storybook, Streamlit; Firebase
    String.raw`\bport \d{1,5} is (?:being used by|running .{1,100} in another window)`, // Expo
    String.raw`\bport \d{1,5} could not be used`, // Parcel
    String.raw`\bports?(?:\(s\))? already bound: \d`, // Quarkus
    String.raw`already running (?:on|at) port \d{1,5}`, // Create React App, Gatsby, Docusaurus
    String.raw`another (?:mysqld )?server running on port: \d`, // MySQL, MariaDB
    String.raw`already using the (?:\w{1,20} )?port \d`, // GlassFish
    String.raw`:\d{1,5} is in use by another process`, // Cassandra
    String.raw`listen on port \d{1,5} failed to start`, // Tomcat in Spring Boot
    String.raw`cannot bind to the port \d`, // json-server
    String.raw`can't listen on port \d{1,5}\. Perhaps`, // Meteor
    String.raw`find an available port \(tried \d`, // Nuxt
    String.raw`cannot find empty port in range: (\d{1,5})-\1\b`, // Gradio
    String.raw`failed to bind to address \S{1,120}; set GRPC`, // gRPC in Python
  ].join('|'),
  'i',
);

/** A fast check for megabytes of output; everything that `reports` matches contains one of these. */
const hints =
  /in ?use|already|available|not open|being used|another window|not be used|running on port|failed to start|bind to|can't listen|empty port/i;

export function mayReport(text: string): boolean {
  return hints.test(text);
}

/** A line with one of these is not a complaint. */
const denies = /\b(?:now|is|was) (?:free|available)\b|\bno longer in use\b|\bnot in use\b/i;

/** Node prints the address right after its errno: without a port, it is a path. */
const namesPath = /EADDRINUSE(?:: address already in use)? +[/\\.@\0]/i;

/**
 * Node says bind for datagram sockets and listen for TCP, except (`null:`) in the workers of a cluster; Go and the container runtimes
 * name the protocol.
 */
const datagram = /\bbind EADDRINUSE (?!null:)|\blisten(?:ing on)? udp[46]?\b|\budp port\b|\d\/udp\b/i;

/** `at Server.listen (node:net:1908:16)` */
const stackFrame = /^\s*at /;

export function isStackFrame(line: string): boolean {
  return stackFrame.test(line);
}

/** What stands on either side of an address: alone, in a URL, in quotes, or before a container's `0.0.0.0:8080:172.17.0.2:80/tcp`. */
const before = String.raw`(?:^|[\s"'(\[/=,])`;
const after = String.raw`(?=$|[\s"'):;,\]}/.])`;
/** A name is a host only where the text says so: `errno:98`, `pid:4711` and `"id":20568` have the same form. */
const saysAddress = String.raw`(?:\b(?:on|at|to|for|addr|address|listen|bind)[ =:]{1,2}["'(\[/]?|://)`;
const isAddress = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\w.:%*-]{1,60}\]|\*|localhost)`;

/** Notations of a port, the surest first. Group 1 is the range of a link, group 2 the port. */
const names: readonly RegExp[] = [
  // Node and what is made of it: the address has no brackets, so the port follows its last colon.
  /EADDRINUSE(?:: address already in use)? +((?:[\da-f:.%]{0,60}|[\w.-]{1,120}):(\d{1,5}))(?!\w|[.:/-]\w)/gi,
  // Go, and what is written in it: docker, podman, kubectl, caddy
  /\blisten(?:ing on)? (?:tcp|udp)[46]? ([^\s:]{0,120}:(\d{1,5}))\b/gi,
  /\blisten(?:ing on)? (?:tcp|udp)[46]? (\[[^\s\]]{0,60}\]:(\d{1,5}))\b/gi,
  // Nuxt, Gradio
  /\(tried ((\d{1,5}))\b/gi,
  /\bempty port in range: ((\d{1,5}))\b/gi,
  // Not the one that is taken instead
  /(?<!\b(?:alternative|available|another|different|using|use|try|trying) )\b(ports?(?:\(s\))?(?: already bound)?(?:["' :=]{1,3}|,| \[)(\d{1,5}))\b/gi,
  // The connector of Tomcat
  /(\["https?-\w{2,10}-(\d{1,5})"\])/gi,
  // Python's tuple, with two more numbers for IPv6
  /(\(['"][\w.:%-]{0,120}['"], (\d{1,5})(?:, \d{1,10}){0,2}\))/g,
  new RegExp(`${before}(${isAddress}:(\\d{1,5}))${after}`, 'gi'),
  new RegExp(`${saysAddress}([a-z_][\\w.-]{0,120}:(\\d{1,5}))${after}`, 'gi'),
  new RegExp(`${saysAddress}(:(\\d{1,5}))${after}`, 'gi'),
  /(["'](?=:\d{1,5}["'])(?::(\d{1,5}))["'])/g,
];

/** `main.go:12` and `src/main.rs:5:10` are places in code. */
const sourceFile =
  /\.(?:[cm]?[jt]sx?|go|rs|py|rb|php|java|kt|scala|clj|cs|cc?|cpp|h|exs?|lua|swift|pl):\d+$/i;

/** Null: the line reports no taken port. */
export function complaintIn(line: string): Complaint | null {
  const at = reports.exec(line)?.index;
  if (at === undefined || isStackFrame(line)) return null;
  const from = Math.max(0, at - contextLength);
  const text = line.slice(from, at + contextLength);
  if (denies.test(text)) return null;
  if (namesPath.test(text)) return { kind: 'path' };
  const named = portNamed(text);
  if (!named) return { kind: 'unnamed' };
  const protocol = datagram.test(text) ? 'udp' : 'tcp';
  return { kind: 'port', port: { ...named, protocol, start: from + named.start } };
}

/** The first port that a text names. */
export function portNamed(text: string): { port: number; start: number; length: number } | null {
  for (const pattern of names) {
    for (const match of text.matchAll(pattern)) {
      const [whole, shown = '', digits = ''] = match;
      const port = Number(digits);
      if (!isPort(port) || sourceFile.test(shown)) continue;
      return { port, start: match.index + whole.indexOf(shown), length: shown.length };
    }
  }
  return null;
}
