/**
 * Outages and drills end with the connection of the window that started them: when it is reloaded or closed, or its extension host
 * ends. The next extension host says which ones ended so.
 */

import type * as vscode from 'vscode';
import { memory } from '../base/ids';
import type { Context } from '../context';

interface Entry {
  /** Says that it ended early. */
  readonly text: string;
  /** When it would have ended by itself. */
  readonly until: number;
}

export class Unfinished implements vscode.Disposable {
  readonly #state: vscode.Memento;
  #entries: readonly Entry[] = [];
  #disposed = false;

  constructor({ extension }: Context) {
    this.#state = extension.workspaceState;
  }

  /** Sentences about what ended early in the extension host before this one. */
  takeEarlier(): readonly string[] {
    const earlier = this.#state.get<readonly Entry[]>(memory.unfinished, []);
    if (earlier.length > 0) this.#keep([]);
    return earlier.filter(({ until }) => until > Date.now()).map(({ text }) => text);
  }

  /** Dispose of it at its end. */
  add(text: string, until = Number.MAX_SAFE_INTEGER): vscode.Disposable {
    const entry = { text, until };
    this.#keep([...this.#entries, entry]);
    return { dispose: () => this.#keep(this.#entries.filter((one) => one !== entry)) };
  }

  /** What ends from now on ends with its connection. */
  dispose(): void {
    this.#disposed = true;
  }

  #keep(entries: readonly Entry[]): void {
    if (this.#disposed) return;
    this.#entries = entries;
    void this.#state.update(memory.unfinished, entries);
  }
}

export function activate(context: Context): Unfinished {
  const unfinished = context.disposables.add(new Unfinished(context));
  const texts = unfinished.takeEarlier();
  if (texts.length > 0) void context.toast('warning', texts.join(' '));
  return unfinished;
}
