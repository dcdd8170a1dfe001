/** Keeps the results of drills in a folder of the extension, so that they survive a reload of the window. */

import * as vscode from 'vscode';
import type { DrillResult } from '../../../agent/protocol';

/** The oldest are removed. */
const maxStored = 20;

export class RunStore {
  readonly #folder: vscode.Uri;
  #added = 0;

  constructor(folder: vscode.Uri) {
    this.#folder = folder;
  }

  /** The oldest first; files that cannot be read are left out. */
  async load(): Promise<readonly DrillResult[]> {
    const results = await Promise.all((await this.#names()).map((name) => this.#read(name)));
    return results.filter((result) => result !== null);
  }

  async add(result: DrillResult): Promise<void> {
    await vscode.workspace.fs.createDirectory(this.#folder);
    const text = JSON.stringify({ schema: 1, ...result });
    const name = `${new Date().toISOString().replaceAll(':', '-')}-${String(this.#added++).padStart(4, '0')}.json`;
    await vscode.workspace.fs.writeFile(this.#file(name), new TextEncoder().encode(text));
    const names = await this.#names();
    for (const old of names.slice(0, -maxStored)) await vscode.workspace.fs.delete(this.#file(old));
  }

  /** They begin with their time, so that they sort by it. */
  async #names(): Promise<readonly string[]> {
    const entries = await vscode.workspace.fs.readDirectory(this.#folder).then(
      (found) => found,
      () => [],
    );
    return entries.map(([name]) => name).sort();
  }

  async #read(name: string): Promise<DrillResult | null> {
    const { maxFileBytes, readRuns } = await import('./timeline-file'); // late: with all of valibot
    try {
      const { size } = await vscode.workspace.fs.stat(this.#file(name));
      if (size > maxFileBytes) return null;
      const read = readRuns(new TextDecoder().decode(await vscode.workspace.fs.readFile(this.#file(name))));
      return read.ok ? (read.runs[0]?.result ?? null) : null;
    } catch {
      return null; // Removed meanwhile, by another window.
    }
  }

  #file(name: string): vscode.Uri {
    return vscode.Uri.joinPath(this.#folder, name);
  }
}
