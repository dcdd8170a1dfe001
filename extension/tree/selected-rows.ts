/** The rows that are selected in the tree. */

import type { TreeView } from 'vscode';
import type { Node } from './view-window';

/**
 * While VS Code reads the tree anew it does not know its rows, and of one that is clicked it says that nothing is selected: its event
 * does not come again. Such a selection is looked for again once rows have been read.
 */
export class SelectedRows {
  readonly #view: Pick<TreeView<Node>, 'selection' | 'onDidChangeSelection'>;
  readonly #changed: (rows: readonly Node[]) => void;
  #isUnknown = false;
  #look: NodeJS.Immediate | undefined;

  /** `changed` gets all that are selected now. */
  constructor(
    view: Pick<TreeView<Node>, 'selection' | 'onDidChangeSelection'>,
    changed: (rows: readonly Node[]) => void,
  ) {
    this.#view = view;
    this.#changed = changed;
    view.onDidChangeSelection(() => this.#take());
  }

  /** Call it for each row that VS Code reads, which knows it right afterwards. */
  rowIsRead(): void {
    if (!this.#isUnknown) return;
    this.#look ??= setImmediate(() => {
      this.#look = undefined;
      if (this.#view.selection.length > 0) this.#take();
    });
  }

  #take(): void {
    const { selection } = this.#view;
    this.#isUnknown = selection.length === 0;
    this.#changed(selection);
  }
}
