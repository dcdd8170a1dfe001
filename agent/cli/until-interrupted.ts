/** Requests that Ctrl-C ends early; their answer has what was done so far. */

import { CancellationTokenSource, type RequestType } from 'vscode-jsonrpc/node';
import type { Client } from '../client/connect';

export async function untilInterrupted<Params, Result>(
  client: Client,
  type: RequestType<Params, Result, void>,
  params: Params,
): Promise<Result> {
  const source = new CancellationTokenSource();
  const cancel = () => source.cancel();
  process.once('SIGINT', cancel).once('SIGTERM', cancel);
  try {
    return await client.request(type, params, source.token);
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
  }
}
