/** The rows of the history as a list box, the newest first. Of a connection whose two ends are here, one row. */

import type { HistoryRow } from '../history/history-view';

interface Entry {
  row: HistoryRow;
  /** Null: the row of the other end stands for both. */
  element: HTMLElement | null;
}

/** Rows that Page Up and Page Down pass. */
const pageRows = 10;

export class RowList {
  readonly #box: HTMLElement;
  readonly #maxRows: number;
  readonly #onActive: () => void;
  /** The oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** Ids by pair: of the ends that connected, and of the others. */
  readonly #outgoing = new Map<string, string>();
  readonly #incoming = new Map<string, string>();
  #activeId: string | null = null;
  #made = 0;

  constructor(box: HTMLElement, maxRows: number, onActive: () => void) {
    this.#box = box;
    this.#maxRows = maxRows;
    this.#onActive = onActive;
    box.addEventListener('keydown', (event) => this.#key(event));
    box.addEventListener('focus', () => {
      if (this.#activeId === null) this.#activate(box.firstElementChild);
    });
  }

  /** Those that are shown, the oldest first. */
  get rows(): HistoryRow[] {
    return [...this.#entries.values()].flatMap(({ row, element }) => (element ? [row] : []));
  }

  get active(): HistoryRow | null {
    return this.#entries.get(this.#activeId ?? '')?.row ?? null;
  }

  get isFull(): boolean {
    return this.#entries.size >= this.#maxRows;
  }

  put(rows: readonly HistoryRow[], fresh: boolean): void {
    if (fresh) this.#clear();
    for (const row of rows) this.#put(row);
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxRows) break;
      this.#remove(id);
    }
  }

  /** Makes the row active whose event was next to that time. */
  activateNear(at: number): void {
    const rows = this.rows;
    const [first] = rows;
    if (!first) return;
    const distance = (row: HistoryRow) => Math.abs(row.at - at);
    const nearest = rows.reduce((best, row) => (distance(row) < distance(best) ? row : best), first);
    this.#box.focus();
    this.#activate(this.#entries.get(nearest.id)?.element ?? null);
  }

  #clear(): void {
    this.#entries.clear();
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#box.replaceChildren();
    this.#setActive(null);
  }

  #put(row: HistoryRow): void {
    const wasActive = this.#activeId === row.id;
    this.#remove(row.id);
    const other = this.#entries.get((row.isIncoming ? this.#outgoing : this.#incoming).get(row.pair) ?? '');
    (row.isIncoming ? this.#incoming : this.#outgoing).set(row.pair, row.id);
    if (row.isIncoming && other) {
      this.#entries.set(row.id, { row, element: null });
      this.#fillPeer(other, row.process);
      return;
    }
    const whole = row.peer === '' && other ? { ...row, peer: other.row.process } : row;
    if (other) this.#hide(other);
    const element = this.#elementOf(whole);
    this.#entries.set(row.id, { row: whole, element });
    this.#box.prepend(element);
    if (wasActive) this.#activate(element);
  }

  #fillPeer(entry: Entry, peer: string): void {
    if (peer === '' || entry.row.peer !== '' || !entry.element) return;
    entry.row = { ...entry.row, peer };
    const element = this.#elementOf(entry.row);
    entry.element.replaceWith(element);
    entry.element = element;
    if (this.#activeId === entry.row.id) this.#activate(element);
  }

  #hide(entry: Entry): void {
    entry.element?.remove();
    entry.element = null;
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.element?.remove();
    this.#entries.delete(id);
    for (const ids of [this.#outgoing, this.#incoming])
      if (ids.get(entry.row.pair) === id) ids.delete(entry.row.pair);
    if (this.#activeId === id) this.#setActive(null);
  }

  #elementOf(row: HistoryRow): HTMLElement {
    const element = document.createElement('div');
    element.id = `row-${++this.#made}`;
    element.className = `row ${row.kind}`;
    element.setAttribute('role', 'option');
    element.dataset.id = row.id;
    const mark = document.createElement('span');
    mark.className = `mark ${row.kind}`;
    element.append(mark);
    for (const part of ['time', 'event', 'process', 'ends', 'peer', 'reason', 'numbers'] as const) {
      const span = document.createElement('span');
      span.className = part;
      span.textContent = row[part];
      element.append(span, ' ');
    }
    element.addEventListener('click', () => {
      this.#box.focus();
      this.#activate(element);
    });
    return element;
  }

  #key(event: KeyboardEvent): void {
    const rows = this.#box.children;
    const at = [...rows].findIndex((row) => (row as HTMLElement).dataset.id === this.#activeId);
    const last = rows.length - 1;
    const to: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + pageRows,
      PageUp: at - pageRows,
      Home: 0,
      End: last,
    };
    const next = to[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#activate(rows[Math.max(0, Math.min(last, next))] ?? null);
  }

  #activate(element: Element | null): void {
    if (!(element instanceof HTMLElement)) return;
    this.#setActive(element);
    element.scrollIntoView({ block: 'nearest' });
  }

  #setActive(element: HTMLElement | null): void {
    for (const before of this.#box.querySelectorAll('[aria-selected]'))
      before.removeAttribute('aria-selected');
    element?.setAttribute('aria-selected', 'true');
    this.#activeId = element?.dataset.id ?? null;
    if (element) this.#box.setAttribute('aria-activedescendant', element.id);
    else this.#box.removeAttribute('aria-activedescendant');
    this.#onActive();
  }
}
