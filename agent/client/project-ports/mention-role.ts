/** What a program does with a port that a file names: it binds it, or it connects to it. Pure. */

import type { PortMention } from './compose-ports';
import type { DocumentKind } from './port-mentions';

/** Where a client connects. Nobody connects to 0.0.0.0 or `[::]`. */
const nearHost = /(?:localhost|127\.0\.0\.1|\[::1\]):$/;
/** `--bind 127.0.0.1:8000`, `php -S localhost:8000`. */
const bindOption =
  /(?:^|[\s"'`])(?:-b|-l|-S|--bind|--listen|--addr|--address)(?:[\s=]|["'`],)+["'`]?[\w.:[\]]+:$/;
/** `DB_PORT=`: of a service that a program uses, as a rule. */
const serviceVariable =
  /(?:^|[^A-Z\d_])(?:[A-Z\d]+_)*(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MONGO|MONGODB|REDIS|MEMCACHED|SMTP|MAIL|AMQP|RABBITMQ|KAFKA|ELASTICSEARCH|S3|MINIO|REMOTE|TARGET|UPSTREAM|PROXY)_?PORT\s*=\s*["']?$/i;
/** Of a launch configuration: the port of the debugger that is attached to. */
const debugPort = /"port"\s*:\s*$/;

export function isForClient(text: string, { start }: PortMention, kind: DocumentKind): boolean {
  if (kind === 'compose') return false;
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start).slice(-200);
  if (nearHost.test(before)) return !bindOption.test(before);
  return serviceVariable.test(before) || (kind === 'launch' && debugPort.test(before));
}

/** `6060:6060/udp` of a compose file. */
export function isUdp(text: string, { end }: PortMention, kind: DocumentKind): boolean {
  return kind === 'compose' && /^:[\d-]+\/udp\b/.test(text.slice(end, end + 20));
}
