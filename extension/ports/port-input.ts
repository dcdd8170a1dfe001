/** Parses a typed port. Pure. */

import { isPort, type PortProtocol } from '../../agent/protocol';
import type { Translate } from '../base/text';

interface TypedPort {
  readonly port: number;
  readonly protocol: PortProtocol;
}

/** `3000`, `53/udp`. */
const alone = /^(\d{1,5})(?:\/(udp|tcp))?$/i;
/** `:3000`, `localhost:3000`, `http://127.0.0.1:3000/path`. */
const ofThisMachine =
  /^(?:https?:\/\/)?(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\]|\*)?:(\d{1,5})(?:\/.*)?$/i;

/** Null: not a port, or a port of another machine. */
export function parsePort(text: string): TypedPort | null {
  const trimmed = text.trim();
  const [, digits = '', protocol = 'tcp'] = alone.exec(trimmed) ?? ofThisMachine.exec(trimmed) ?? [];
  const port = Number(digits);
  if (!isPort(port)) return null;
  return { port, protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
}

/** An explanation of valid input; undefined: the text is valid or empty. */
export function portMistake(t: Translate, text: string): string | undefined {
  if (text.trim() === '' || parsePort(text)) return undefined;
  return t('A port of this machine, 1 to 65535: 3000, :3000, localhost:3000, or 53/udp');
}
