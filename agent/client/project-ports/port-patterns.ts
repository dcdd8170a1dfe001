/**
 * Patterns of ports that are clear from the text alone. Each has the port in the group `port`, and rejects a number that
 * continues as a version, a date, a duration or a range. Pure.
 */

/** The port, and characters that must not follow it. */
const port = String.raw`(?<port>[1-9]\d{0,4})(?!\w|[.-]\d)`;
const quote = '["\'`]';
const host = String.raw`(?:localhost|127\.0\.0\.1|0\.0\.0\.0|::1?)`;

function pattern(source: string, flags = ''): RegExp {
  return new RegExp(source, `gd${flags}`);
}

/** `localhost:3000`, `127.0.0.1:3000`, `[::1]:3000`, also inside URLs. Other hosts are not this machine. */
export const nearAddress = pattern(
  String.raw`(?<![\w.-])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):${port}`,
);

/** Between an option and its value: `--port 3000`, `--port=3000`, `"--port", "3000"`. */
const assigned = String.raw`(?:${quote}\s*,\s*${quote}?|=${quote}?|[ \t]+${quote}?)`;

/** `--port 3000`, `--http-port=3000`. */
export const longOption = pattern(
  String.raw`(?<![\w-])--(?!remote-|view)(?:[a-z]{1,20}-)?port${assigned}${port}`,
);

/** `-p 3000`, `-p 8080:80`; not of programs to which -p means something else. */
export const shortOption = pattern(String.raw`(?<![\w-])-p${assigned}${port}(?=${quote}|[\s:,;&|)\]\\]|$)`);
const otherMeaning = /\b(?:cp|kill|mkdir|nice|pgrep|ps|renice|rsync|ssh|strace|tar|top|unzip)\b[^&|;"'`]*$/;

/** `--inspect=9229`, `--inspect-brk=9229`. */
export const inspectOption = pattern(String.raw`(?<![\w-])--inspect(?:-brk|-wait)?=${port}`);

/** `python3 -m http.server 8000`. */
export const pythonServer = pattern(String.raw`-m["', ]{1,5}http\.server["', ]{1,5}${port}`);

/** `PORT=3000`, `DB_PORT=5432`, as shells and .env files write it. */
export const shellVariable = pattern(String.raw`(?<![A-Za-z\d$])PORT[ \t]*=[ \t]*["']?${port}`, 'i');

/** `port: 3000`, `"port": 3000`, `const PORT = 3000`, `serverPort := 3000`, `port: u16 = 3000`. */
export const named = pattern(namedBy(':=|[:=]'));
/** As above, and `'port' => 3000`. */
export const namedByArrow = pattern(namedBy(':=|=>|[:=]'));

function namedBy(operators: string): string {
  const type = String.raw`(?:[\w<>[\]]{1,30}\s*=\s*)?`;
  const name = String.raw`(?<![\w$])(?<name>\w{0,40}[pP](?:ort|ORT))`;
  return String.raw`${name}${quote}?\s*(?:${operators})\s*${type}${quote}?${port}`;
}

/** False for names that end in `port` by chance, or that mean the port of another machine or program. */
const isPortName = (name: string) =>
  /(?:^|_)(?:port|Port|PORT)$|[a-z\d]Port$/.test(name) &&
  !/^(?:view|remote|container|target|client|peer)/i.test(name);

/** `process.env.PORT || 3000`, `PORT ?? 3000`, `getenv("PORT") or 3000`, `ENV.fetch("PORT", 3000)`. */
export const fallback = pattern(
  String.raw`(?<![A-Za-z\d])PORT(?:(?:${quote}|[)\]]){0,4}\s*(?:\|\||\?\?|\bor\b)|${quote}\s*,)\s*${quote}?${port}`,
);

/** `("127.0.0.1", 3000)` in any language. */
export const hostAndPort = pattern(String.raw`(${quote})${host}\1\s*,\s*${port}`);

/** `listen(3000)` of JavaScript. In other languages the number there is a backlog. */
export const listenCall = pattern(String.raw`(?<![\w$])listen\(\s*${port}`);
/** `bind(("", 8000))` of Python. */
export const pythonPair = pattern(String.raw`\(\(\s*(?:""|'')\s*,\s*${port}`);
/** `":8080"` of Go. */
export const goAddress = pattern(`["\`]:${port}["\`]`);
/** `new ServerSocket(3000)` of Java. */
export const javaSocket = pattern(String.raw`\b(?:ServerSocket|InetSocketAddress)\(\s*${port}`);
/** `TCPServer.new(3000)`, `set :port, 4567` of Ruby. */
export const rubyServer = pattern(String.raw`\bTCPServer\.new\(?\s*(?:["'][^"'\n]{0,60}["']\s*,\s*)?${port}`);
export const rubySetting = pattern(String.raw`:port\s*,\s*${port}`);
/** `([127, 0, 0, 1], 3000)` of Rust. */
export const rustAddress = pattern(
  String.raw`\[\s*(?:127,\s*0,\s*0,\s*1|0,\s*0,\s*0,\s*0)\s*\]\s*,\s*${port}`,
);

/** Checks the context of a match, which its pattern cannot. */
export function isMeant(found: RegExpMatchArray, text: string): boolean {
  const name = found.groups?.name;
  if (name !== undefined) return isPortName(name);
  if (!found[0].startsWith('-p')) return true;
  const line = text.lastIndexOf('\n', found.index) + 1;
  return !otherMeaning.test(text.slice(Math.max(line, (found.index ?? 0) - 200), found.index));
}
