/** AbortSignals that callers pass. */

import { type CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc/node';

export interface Abortable {
  /** Aborting it cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Calls `abort` once if the signal is or was aborted; returns a function that removes the listener. */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/** Settles as `work` does, or rejects with the signal's reason if that is aborted first. */
export async function abortable<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  let removeListener = () => {};
  const aborted = new Promise<never>((_, reject) => {
    removeListener = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    removeListener();
    work.catch(() => {}); // its rejection is not handled elsewhere after an abort
  }
}

/** Runs `work` with a token that the signal cancels, and waits for the end of `work` even then. */
export async function cancellable<T>(
  signal: AbortSignal | undefined,
  work: (token: CancellationToken) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const source = new CancellationTokenSource();
  const removeListener = onAbort(signal, () => source.cancel());
  try {
    const result = await work(source.token);
    signal?.throwIfAborted();
    return result;
  } finally {
    removeListener();
    source.dispose();
  }
}
