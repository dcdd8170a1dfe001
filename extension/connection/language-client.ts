/**
 * The client of one connection, and what asks an agent for its status. Bundled apart, and loaded where an agent's socket is, or for the
 * first connection: vscode-languageclient is half as much code as all of the extension, and a window that only starts needs none of it.
 * Without its part for Node, which starts servers: ours run already.
 */

import type * as vscode from 'vscode';
import { StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { CloseAction, ErrorAction, LanguageClient, State } from 'vscode-languageclient';
import { thisSide } from '../../agent/client/version-skew';

export { readStatus } from './read-status';

export interface Streams {
  readonly reader: NodeJS.ReadableStream;
  readonly writer: NodeJS.WritableStream;
  /** Ends the streams; called once, when the connection is closed. */
  readonly end: () => void;
}

/**
 * Shows none of its errors: a failed handshake would always pop up, and the end of every connection would be an error in the log. Who
 * made the connection reports both.
 */
export class QuietClient extends LanguageClient {
  override error(message: string): void {
    (this.outputChannel as vscode.LogOutputChannel).debug(message);
  }

  get isStopped(): boolean {
    return this.state === State.Stopped;
  }
}

/** Never shows a toast and never restarts: the owner of the connection reports its end. */
export function makeClient(streams: Streams, name: string, log: vscode.LogOutputChannel): QuietClient {
  return new QuietClient(
    'sockscope',
    name,
    async () => ({
      reader: new StreamMessageReader(streams.reader),
      writer: new StreamMessageWriter(streams.writer),
      detached: true,
    }),
    {
      documentSelector: [],
      outputChannel: log,
      initializationOptions: thisSide,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => {
          streams.end(); // The end of the streams is the one way out; a shutdown would wait on a broken one.
          return { action: ErrorAction.Continue, handled: true };
        },
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    },
  );
}
