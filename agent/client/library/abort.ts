/** AbortSignals of callers. */

import { type CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc/node';

export interface Abortable {
  /** What was asked for is given up when it is aborted; the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Calls `abort` once if the signal is, or has been, aborted; call what it returns when nobody waits any more. */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/** As `work`, unless the signal is aborted first. */
export async function abortable<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    leave();
    work.catch(() => {}); // nobody waits for it after an abort
  }
}

/** Runs `work` with a token that the signal cancels, and waits for its end even then. */
export async function cancellable<T>(
  signal: AbortSignal | undefined,
  work: (token: CancellationToken) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const source = new CancellationTokenSource();
  const leave = onAbort(signal, () => source.cancel());
  try {
    const result = await work(source.token);
    signal?.throwIfAborted();
    return result;
  } finally {
    leave();
    source.dispose();
  }
}
