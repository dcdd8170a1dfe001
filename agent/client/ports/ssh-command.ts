/** Reads the command line of ssh. Pure. */

interface SshCommand {
  /** The host; null: none can be read, as in the title of a master in the background. */
  readonly destination: string | null;
  /** -N, or a request to a master: no session of its own. */
  readonly runsNothing: boolean;
  /** `-L 5438:db:5432`, `-D 1080`, as they were given. */
  readonly forwards: readonly Forward[];
}

type Forward = readonly ['-L' | '-D', string];

/** Options of ssh that take an argument. */
const withArgument = new Set('BbcDEeFIiJLlmOoPpQRSWw');

export function parseSsh(command: string): SshCommand {
  const words = command.split(' ').slice(1);
  const forwards: Forward[] = [];
  let runsNothing = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!/^-./.test(word))
      return { destination: command.endsWith(' [mux]') || word === '' ? null : word, runsNothing, forwards };
    for (let letter = 1; letter < word.length; letter++) {
      const option = word.charAt(letter);
      if (option === 'N' || option === 'O' || option === 'W') runsNothing = true;
      if (!withArgument.has(option)) continue;
      const value = letter + 1 < word.length ? word.slice(letter + 1) : (words[++at] ?? '');
      if (option === 'L' || option === 'D') forwards.push([`-${option}`, value]);
      break;
    }
  }
  return { destination: null, runsNothing, forwards };
}

/** The one that listens on this port here. */
export function forwardOf(forwards: readonly Forward[], port: number): Forward | undefined {
  return forwards.find(([kind, value]) => {
    const [listen = ''] = kind === '-L' ? [value.replace(/:(\[[^\]]*\]|[^:]+):[^:]+$/, '')] : [value];
    return listen.replace(/^.*:/, '') === String(port);
  });
}
