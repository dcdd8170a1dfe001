/** The rows of the history as a list box, the newest first. Of a connection whose two ends are here, one row. */

import type { HistoryRow } from '../history/history-view';
import { RowPairs } from './row-pairs';

interface Entry {
  readonly row: HistoryRow;
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
  readonly #pairs = new RowPairs();
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
      this.#evict(id);
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
    this.#pairs.clear();
    this.#box.replaceChildren();
    this.#setActive(null);
  }

  #put(row: HistoryRow): void {
    const wasActive = this.#activeId === row.id;
    // At the end, which is the newest.
    this.#remove(row.id);
    this.#pairs.put(row);
    const entry: Entry = { row, element: null };
    this.#entries.set(row.id, entry);
    const partner = this.#partnerOf(row.id);
    if (partner && row.isIncoming) {
      this.#renew(partner);
      return;
    }
    const wasPartnerActive = partner !== null && this.#activeId === partner.row.id;
    if (partner) this.#hide(partner);
    entry.element = this.#elementOf(row);
    this.#box.prepend(entry.element);
    if (wasActive || wasPartnerActive) this.#activate(entry.element);
  }

  #partnerOf(id: string): Entry | null {
    return this.#entries.get(this.#pairs.partner(id)?.id ?? '') ?? null;
  }

  /** With what the other end knows of it. */
  #renew(entry: Entry): void {
    if (!entry.element) return;
    const element = this.#elementOf(entry.row);
    entry.element.replaceWith(element);
    entry.element = element;
    if (this.#activeId === entry.row.id) this.#activate(element);
  }

  #hide(entry: Entry): void {
    entry.element?.remove();
    entry.element = null;
  }

  #evict(id: string): void {
    const partner = this.#partnerOf(id);
    this.#remove(id);
    this.#pairs.remove(id);
    if (partner && !partner.element) this.#uncover(partner);
  }

  /** Shows it where it belongs, behind the next newer one. */
  #uncover(entry: Entry): void {
    entry.element = this.#elementOf(entry.row);
    let isNewer = false;
    for (const { row, element } of this.#entries.values()) {
      if (isNewer && element) {
        element.after(entry.element);
        return;
      }
      isNewer ||= row.id === entry.row.id;
    }
    this.#box.prepend(entry.element);
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#hide(entry);
    this.#entries.delete(id);
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
      span.textContent = part === 'peer' ? this.#peerOf(row) : row[part];
      element.append(span, ' ');
    }
    element.addEventListener('click', () => {
      this.#box.focus();
      this.#activate(element);
    });
    return element;
  }

  #peerOf({ id, peer }: HistoryRow): string {
    return peer === '' ? (this.#pairs.partner(id)?.process ?? '') : peer;
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
