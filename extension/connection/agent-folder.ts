/** Reports, by a watch on its folder, when an agent of this user may have come or gone, whoever started it. */

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { ownUid } from '../../agent/client/served-uid';
import { agentSocketPath, runFolder } from '../../agent/common/agent-socket';

/** An agent creates its socket, and gives it to its user: several events within this time are one. */
const settleMs = 100;

export class AgentFolder implements vscode.Disposable {
  readonly #names: readonly string[];
  readonly #changed = new vscode.EventEmitter<void>();
  #watchers: FSWatcher[] = [];
  #settling: NodeJS.Timeout | undefined;
  #disposed = false;
  readonly onDidChange = this.#changed.event;

  constructor() {
    const path = agentSocketPath(ownUid());
    this.#names = [basename(runFolder), basename(dirname(path)), basename(path)];
    this.#watchAll();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    this.#changed.dispose();
  }

  /** Each folder for the next name on the way to the socket, as far as they exist. */
  #watchAll(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    let folder = dirname(runFolder);
    for (const name of this.#names) {
      const watcher = this.#watch(folder, name);
      if (!watcher) return;
      this.#watchers.push(watcher);
      folder = join(folder, name);
    }
  }

  #watch(folder: string, wanted: string): FSWatcher | null {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => name === wanted && this.#settle());
      return watcher.on('error', () => {});
    } catch {
      return null; // It does not exist, or there are too many watches.
    }
  }

  #settle(): void {
    if (this.#disposed) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#watchAll();
      this.#changed.fire();
    }, settleMs);
  }
}
