/** Guesses from a command line the port that the command listens on. Pure. */

import { isPort } from '../../../agent/protocol';

/** Before a port: a name, an address, or nothing. A number alone would be a port itself. */
const host = String.raw`(?:[^\s:=]{0,120}[^\s:=\d]|\d{1,3}(?:\.\d{1,3}){3}|\[[^\s\]]{0,60}\])?`;
/** A port alone, or after a host: group 1. */
const value = String.raw`(?:${host}:)?(\d{1,5})(?=$|[\s:;&|)"'/])`;

/** Options with a port, the surest first. */
const portPatterns: readonly RegExp[] = [
  // --port 8000, --server.port=8501, --bind 0.0.0.0:8000
  new RegExp(
    String.raw`(?:^|\s)--?[\w.-]{0,40}(?:port|bind|listen|addr|address)(?:=|\s{1,8})["']?${value}`,
    'i',
  ),
  // -p 8080:80, -p8080, php -S localhost:8000, nc -lvp 8080
  new RegExp(String.raw`(?:^|\s)-[a-z]{0,4}[pPbSlL]\s{0,8}${value}`),
  /(?:^|\s)[A-Z_]{0,40}PORT=["']?(\d{1,5})(?=$|[\s;&|"'])/,
];

/** A word that is an address, such as :2015, localhost:7878 or 0.0.0.0:8002; but redis:7 is an image. */
const addressWord =
  /^(?:(?:https?|tcp):\/\/)?(?:localhost|\*|\[[^\s\]]{0,60}\]|[\w-]{1,60}(?:\.[\w-]{1,60}){1,8})?:(\d{1,5})(?:\/\S*)?$/;

/** Servers that take the port as a plain number, with their default ports. */
const servers: readonly (readonly [server: RegExp, port: number])[] = [
  [/\bhttp\.server\b/, 8000],
  [/\brunserver(?:_plus)?\b/, 8000],
  [/\b(?:uvicorn|gunicorn|hypercorn|daphne)\b/, 8000],
  [/\bflask\b.{0,80}\brun\b/, 5000],
  [/\bartisan serve\b/, 8000],
  [/\bredis-server\b/, 6379],
  [/\biperf3\b.{0,80}\s-s\b/, 5201],
  // Its messages name no port, and a configuration may have another one.
  [/(?:^|[\s/])mongod(?=$|\s)(?!.{0,200}\s(?:-f|--config)\b)/, 27017],
];

/** Smaller plain numbers are counts and durations rather than ports. */
const minPlainPort = 80;

/** Null: the command line names none, or several. */
export function portInCommand(command: string): number | null {
  const text = command.slice(0, 2000);
  for (const pattern of portPatterns) {
    const port = Number(pattern.exec(text)?.[1]);
    if (isPort(port)) return port;
  }
  const words = text.split(/[\s;&|"']+/);
  // What follows an option may be its value, and no port.
  const isValue = (at: number) => /^--?[^-\s]/.test(words[at - 1] ?? '');
  const address = words.find((word, at) => addressWord.test(word) && !isValue(at));
  const named = Number(addressWord.exec(address ?? '')?.[1]);
  if (isPort(named)) return named;
  const numbers = words.flatMap((word, at) => (isPlainPort(word) ? [{ port: Number(word), at }] : []));
  if (numbers.length === 0) return servers.find(([server]) => server.test(text))?.[1] ?? null;
  const [first] = numbers;
  return numbers.length === 1 && first && !isValue(first.at) ? first.port : null;
}

function isPlainPort(word: string): boolean {
  return /^\d{2,5}$/.test(word) && isPort(Number(word)) && Number(word) >= minPlainPort;
}

/** Programs that show files and logs. */
const viewers =
  /^\s*(?:sudo\s+)?(?:cat|less|more|head|tail|[ez]?grep|rg|git|man|vi|vim|nano|journalctl|sockscope)\b/;

/** True where the output may quote an old error. */
export function showsOldText(command: string): boolean {
  return viewers.test(command);
}
