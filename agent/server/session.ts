/** One client's connection: the LSP handshake, and requests by the method table. */

import * as v from 'valibot';
import {
  type CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { onBehalfOf } from '../common/on-behalf';
import { ErrorCode, isUnderstood, protocolError, type Side, sideOf, skewText } from '../protocol';
import type { ClientIdentity } from '../system/users';
import { Listings } from './listings';
import type { Session, SessionHost } from './method';
import { methods } from './methods';
import { Rate } from './rate';
import { Subscriptions } from './subscriptions';

/** Requests of one client that may run at the same time. */
const maxRequests = 32;

/** Requests of one client: far more than a person or a test suite makes, and little enough that others are served. */
const requestRate = { burst: 1000, perSecond: 500 };

/** A client that does not initialize within this time is disconnected. */
const initializeMs = 10_000;

/** The transport to a client. */
export interface Wire {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Closes it at once, in both directions. */
  readonly hangUp: () => void;
}

/** Serves one connection until it closes. */
export function serveConnection(host: SessionHost, client: ClientIdentity, wire: Wire): MessageConnection {
  const connection = createMessageConnection(wire.reader, wire.writer);
  // async: a closed connection throws.
  const subscriptions = new Subscriptions(host.service, client, async (type, params) =>
    connection.sendNotification(type.method, params),
  );
  const session: Session = { client, host, listings: new Listings(subscriptions.names), subscriptions };
  const running = new Set<CancellationTokenSource>();
  const rate = new Rate(requestRate);
  let side = sideOf(null);
  for (const method of methods) {
    connection.onRequest(method.name, async (...given: unknown[]) => {
      // The token comes last. Without parameters it is alone; an array of them is spread before it.
      const token = given.pop() as CancellationToken;
      const params = given.length > 1 ? given : given[0];
      if (!rate.take())
        throw protocolError(
          ErrorCode.busy,
          `More than ${requestRate.perSecond} requests a second: send fewer`,
        );
      if (running.size >= maxRequests)
        throw protocolError(
          ErrorCode.busy,
          `More than ${maxRequests} requests at once: wait for some answers`,
        );
      const source = new CancellationTokenSource();
      const cancelled = source.token;
      token.onCancellationRequested(() => source.cancel());
      // A cancel may overtake its request: then the token fires no event.
      if (token.isCancellationRequested) source.cancel();
      running.add(source);
      try {
        requireUnderstood(method.name, host, side);
        if (method.access === 'act' && host.service.context.options.readOnly)
          throw protocolError(
            ErrorCode.readOnly,
            'This agent was started with --read-only: it changes nothing',
          );
        const accepted = checked(method.schema, params);
        return await onBehalfOf(session, () => method.handle(accepted, session, cancelled));
      } finally {
        running.delete(source);
      }
    });
  }
  handshake(connection, host, wire.hangUp, (introduced) => {
    side = introduced;
  });
  connection.onError(wire.hangUp);
  // Requests of a client that has hung up need no answer.
  connection.onClose(() => {
    for (const source of running) source.cancel();
    subscriptions.end();
  });
  connection.listen();
  return connection;
}

/** A client that does not check the number itself, as those from before there was one, gets a sentence and no mistake in its shapes. */
function requireUnderstood(method: string, { service }: SessionHost, side: Side): void {
  if (isUnderstood(method, side.protocol)) return;
  throw protocolError(
    ErrorCode.otherProtocol,
    `${skewText(service.info, side)}. sockscope agent stop ends it, and so does Stop Agent in the editor.`,
  );
}

/** The language client's handshake. `exit` ends the connection and never the agent. */
function handshake(
  connection: MessageConnection,
  { service }: SessionHost,
  hangUp: () => void,
  introduce: (side: Side) => void,
): void {
  const initializeTimer = setTimeout(hangUp, initializeMs).unref();
  connection.onClose(() => clearTimeout(initializeTimer));
  connection.onRequest('initialize', (params?: { readonly initializationOptions?: unknown } | null) => {
    clearTimeout(initializeTimer);
    introduce(sideOf(params?.initializationOptions));
    return {
      capabilities: { experimental: service.info },
      serverInfo: { name: 'sockscope', version: service.info.version },
    };
  });
  connection.onRequest('shutdown', () => null);
  connection.onNotification('initialized', () => {});
  connection.onNotification('exit', hangUp);
}

function checked<T>(schema: v.GenericSchema<T>, params: unknown): T {
  const result = v.safeParse(schema, params);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ResponseError(ErrorCodes.InvalidParams, `${v.getDotPath(issue) ?? 'params'}: ${issue.message}`);
}
