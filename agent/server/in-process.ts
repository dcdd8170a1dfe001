/** The agent within the command line, for one list: that takes no second process, and no connection. */

import type { RequestType } from 'vscode-jsonrpc';
import { noReport } from '../access/report';
import { Broker } from '../broker-link/broker';
import type { InProcess } from '../common/in-process';
import { Context } from '../context';
import { socketDetail } from '../inspect/socket-detail';
import { inspectSocket, listJson, listSockets, nameContainers, type PackedList } from '../protocol';
import { agentInfo } from './agent-info';
import { ContainerNames } from './container-names';
import type { Forked } from './fork';
import { Listings } from './listings';
import { dropPrivileges } from './privileges';
import { parsed } from './raw-json';
import { started } from './started';

/** Without privileges: limited to what the user may see. */
export function observe(): InProcess {
  const uid = process.getuid?.() ?? -1;
  const context = Context.ofObserver({
    mode: 'observer',
    scope: 'mine',
    readOnly: false,
    uid,
    report: noReport,
  });
  return inProcess(context, () => {});
}

/** With a broker of its own. Drops root for good. Throws StartRefused. */
export async function direct({ own, broker: handle }: Forked): Promise<InProcess> {
  dropPrivileges(await own);
  const broker = new Broker(handle, 'command');
  try {
    const context = await started(
      Context.withBroker({ mode: 'direct', scope: 'all', readOnly: false, uid: 0, report: noReport }, broker),
    );
    return inProcess(context, () => broker.close());
  } catch (error) {
    broker.close(); // else the command line would wait for it
    throw error;
  }
}

type Answer = (params: unknown) => Promise<unknown>;

function answer<P, R>(
  { method }: RequestType<P, R, void>,
  handle: (params: P) => Promise<R>,
): [string, Answer] {
  // The caller is this program itself: its parameters have their types.
  return [method, (params) => handle(params as P)];
}

function withColumns(page: PackedList): PackedList {
  const { sockets } = page;
  return { ...page, sockets: { ...sockets, columns: parsed(sockets.columns) } };
}

function inProcess(context: Context, close: () => void): InProcess {
  const names = new ContainerNames();
  const listings = new Listings(names);
  const answers = new Map([
    answer(listSockets, async (params) => withColumns(await listings.answer(context, params))),
    answer(listJson, (params) => listings.answerJson(context, params)),
    answer(inspectSocket, ({ target }) => socketDetail(context, target)),
    answer(nameContainers, async ({ containers }) => {
      names.add(containers);
      return null;
    }),
  ]);
  return {
    info: agentInfo(context),
    async request(method, params) {
      const handle = answers.get(method);
      if (!handle) throw new Error(`A list does not ask for ${method}`);
      return handle(params);
    },
    close,
  };
}
