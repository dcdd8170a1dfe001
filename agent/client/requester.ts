/** The answering side of requests: an agent, an observer, or the extension's link to one of them. */

import type { RequestType } from 'vscode-jsonrpc';
import type { AgentInfo } from '../protocol';

export interface Requester {
  readonly info: AgentInfo;
  /** Rejects with a ResponseError whose code is one of ErrorCode, or with an Error where the other side hangs up. */
  request<P, R>(type: RequestType<P, R, void>, params: P): Promise<R>;
}
