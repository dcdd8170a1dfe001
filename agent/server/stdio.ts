/** `observe` and `direct`: one client, the parent process, over standard input and output. */

import { StreamMessageWriter } from 'vscode-jsonrpc/node';
import { noReport } from '../access/report';
import { Broker } from '../broker-link/broker';
import type { Forked } from './fork';
import { GuardedMessageReader } from './framing';
import { dropPrivileges } from './privileges';
import { encodeJson } from './raw-json';
import { Service } from './service';
import { serveConnection } from './session';
import { started } from './started';

/** Without privileges: limited to what the user may see. */
export async function observe(): Promise<number> {
  const uid = process.getuid?.() ?? -1;
  return serveParent(
    Service.observer({ mode: 'observer', scope: 'mine', readOnly: false, uid, report: noReport }),
    uid,
  );
}

/** With a broker of its own, for one command that root runs while no agent serves it. Throws StartRefused. */
export async function direct({ own, broker: handle }: Forked): Promise<number> {
  dropPrivileges(await own);
  const broker = new Broker(handle, 'command');
  const service = await started(
    Service.withBroker({ mode: 'direct', scope: 'all', readOnly: false, uid: 0, report: noReport }, broker),
  );
  const code = await serveParent(service, 0);
  broker.close();
  return code;
}

/** Resolves when the parent hangs up. */
function serveParent(service: Service, uid: number): Promise<number> {
  return new Promise((resolve) => {
    const started = performance.now();
    const host = {
      service,
      stop: () => resolve(0),
      status: async () => ({
        ...service.info,
        uptime: Math.round((performance.now() - started) / 1000),
        clients: 1,
        idleExitMs: 0,
        ...(await service.state()),
      }),
    };
    const client = { uid, pid: process.ppid };
    const connection = serveConnection(host, client, {
      reader: new GuardedMessageReader(process.stdin),
      writer: new StreamMessageWriter(process.stdout, {
        contentTypeEncoder: { name: 'application/json', encode: async (message) => encodeJson(message) },
      }),
      hangUp: () => resolve(0),
    });
    connection.onClose(() => resolve(0));
    process.once('SIGTERM', () => resolve(0));
  });
}
