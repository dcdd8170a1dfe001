/** Requests and promises that a cancellation token ends early. */

import * as vscode from 'vscode';
import type { RequestType } from 'vscode-languageclient/node';
import type { Requester } from '../../agent/client/requester';
import { DisposableStore } from '../base/disposables';

/** Once the token is cancelled, no request is sent, and running requests reject; the other side still completes them. */
export function cancellable(requester: Requester, token: vscode.CancellationToken): Requester {
  return {
    info: requester.info,
    request: async <P, R>(type: RequestType<P, R, void>, params: P): Promise<R> => {
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      return untilCancelled(requester.request(type, params), token);
    },
  };
}

/** Rejects with a CancellationError when the token is cancelled first; the work behind the promise goes on. */
export async function untilCancelled<T>(promise: Promise<T>, token: vscode.CancellationToken): Promise<T> {
  const over = new DisposableStore();
  const cancelled = new Promise<never>((_, reject) => {
    over.add(token.onCancellationRequested(() => reject(new vscode.CancellationError())));
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    over.dispose();
  }
}
