/** How a program sets the timers of its connections: one line for each kind of client that can be recognized. */

import { t } from '../../common/translate';
import type { Socket } from '../../protocol';

interface Client {
  /** Of the process; absent: any. */
  readonly program?: RegExp;
  /** Of the remote; absent: any. */
  readonly port?: number;
  readonly advice: string;
}

/** The first one that fits counts. By name and port: what a program has linked is not seen. */
const clients: readonly Client[] = [
  {
    program: /^node/,
    port: 6379,
    advice:
      'ioredis: new Redis({ keepAlive: 30_000 }); node-redis: socket: { keepAliveInitialDelay: 30_000 }',
  },
  {
    program: /^node/,
    port: 5432,
    advice: 'pg: new Pool({ keepAlive: true, keepAliveInitialDelayMillis: 30_000 })',
  },
  {
    program: /^node/,
    port: 3306,
    advice: 'mysql2: { enableKeepAlive: true, keepAliveInitialDelay: 30_000 }',
  },
  { program: /^(node|deno|bun)/, advice: 'Node: socket.setKeepAlive(true, 30_000)' },
  {
    program: /^python/,
    port: 5432,
    advice: 'psycopg: connect("... keepalives_idle=30 keepalives_interval=10 tcp_user_timeout=60000")',
  },
  {
    program: /^python/,
    port: 6379,
    advice: 'redis-py: Redis(socket_keepalive=True, socket_keepalive_options={socket.TCP_KEEPIDLE: 30})',
  },
  {
    program: /^python/,
    advice:
      'Python: sock.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1); sock.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 30)',
  },
  {
    program: /^java/,
    port: 5432,
    advice: 'JDBC: jdbc:postgresql://...?tcpKeepAlive=true; sysctl net.ipv4.tcp_keepalive_time=30',
  },
  { program: /^java/, advice: 'Java: socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true)' },
  {
    program: /^(psql|pgbouncer|postgres)/,
    port: 5432,
    advice: 'libpq: postgresql://...?keepalives_idle=30&keepalives_interval=10&tcp_user_timeout=60000',
  },
  { program: /^ssh/, advice: 'ssh: ServerAliveInterval 30' },
];

export function adviceFor({ owners, remote }: Pick<Socket, 'owners' | 'remote'>): string {
  const name = owners[0]?.name ?? '';
  const found = clients.find(
    ({ program, port }) => program?.test(name) !== false && (port === undefined || port === remote?.port),
  );
  return found?.advice ?? anyClient();
}

/** For others: the options by their names in tcp(7). */
function anyClient(): string {
  return t(
    'setsockopt: SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT while idle, TCP_USER_TIMEOUT while sending',
  );
}
