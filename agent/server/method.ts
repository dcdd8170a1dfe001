/** What a method is, and what its handler is given. */

import type * as v from 'valibot';
import type { CancellationToken, RequestType } from 'vscode-jsonrpc';
import type { AgentStatus } from '../protocol';
import type { ClientIdentity } from '../system/users';
import type { Listings } from './listings';
import type { Service } from './service';
import type { Subscriptions } from './subscriptions';

export interface SessionHost {
  readonly service: Service;
  status(): Promise<AgentStatus>;
  /** Ends the process; called after the answer is out. */
  stop(): void;
}

/** What a handler may use of its connection. */
export interface Session {
  readonly client: ClientIdentity;
  readonly host: SessionHost;
  /** The newest listing, for its later pages. */
  readonly listings: Listings;
  readonly subscriptions: Subscriptions;
}

/** `see` changes nothing outside the agent; `act` does, and is refused by a read-only agent. */
export type Access = 'see' | 'act';

export interface Method {
  readonly name: string;
  readonly access: Access;
  readonly schema: v.GenericSchema<unknown>;
  handle(params: unknown, session: Session, token: CancellationToken): Promise<unknown>;
}

/** A row of the table. */
export function method<P, R>(
  type: RequestType<P, R, void>,
  access: Access,
  schema: v.GenericSchema<P>,
  handle: (params: P, session: Session, token: CancellationToken) => R | Promise<R>,
): Method {
  // The session hands a handler only what its own schema has let through.
  return {
    name: type.method,
    access,
    schema,
    handle: async (params, session, token) => handle(params as P, session, token),
  };
}
