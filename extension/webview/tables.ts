/** Tables of the rounds, of their events, and of the summary. */

import { differenceText } from '../reconnect/timeline/timeline-format';
import type { RoundView, RunView } from '../reconnect/timeline/timeline-view';
import type { MarkId } from './points';

function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}

function fresh(template: string, caption: string): HTMLTableElement {
  const copy = (element(template) as HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
  const table = copy.querySelector('table') as HTMLTableElement;
  (table.caption as HTMLElement).textContent = caption;
  return table;
}

function row(cells: readonly string[]): HTMLTableRowElement {
  const tr = document.createElement('tr');
  for (const [place, text] of cells.entries()) {
    const cell = document.createElement(place === 0 ? 'th' : 'td');
    if (place === 0) cell.setAttribute('scope', 'row');
    cell.textContent = text;
    tr.append(cell);
  }
  return tr;
}

/** Tables of one run. */
interface Tables {
  readonly rounds: HTMLTableElement;
  readonly events: HTMLTableElement;
  readonly rows: Map<number, HTMLTableRowElement>;
  readonly bodies: Map<number, HTMLTableSectionElement>;
}

export class FactTables {
  readonly #focused: (id: MarkId | null) => void;
  #shown: Tables[] = [];
  #marked: HTMLElement | null = null;

  /** `focused` is called when a row of events gets the focus; with null when it loses it. */
  constructor(focused: (id: MarkId | null) => void) {
    this.#focused = focused;
    const events = element('events');
    events.addEventListener('focusin', ({ target }) => this.#focus(target));
    events.addEventListener('focusout', () => this.#focused(null));
    events.addEventListener('keydown', (event) => this.#key(event));
  }

  show(runs: readonly RunView[]): void {
    const caption = (run: RunView) => (runs.length > 1 ? run.title : '');
    this.#shown = runs.map((run) => ({
      rounds: fresh('rounds-table', caption(run)),
      events: fresh('events-table', caption(run)),
      rows: new Map(),
      bodies: new Map(),
    }));
    for (const [index, run] of runs.entries()) for (const round of run.rounds) this.put(index, round);
    element('rounds').replaceChildren(...this.#shown.map(({ rounds }) => rounds));
    element('events').replaceChildren(...this.#shown.map(({ events }) => events));
    this.#ensureTabStop();
  }

  /** Adds or replaces a round; the focus stays in its row. */
  put(run: number, round: RoundView): void {
    const tables = this.#shown[run];
    if (!tables) return;
    this.#putRound(tables, round);
    const body = eventBody(run, round);
    const before = tables.bodies.get(round.round);
    const focused = before ? [...before.rows].indexOf(document.activeElement as HTMLTableRowElement) : -1;
    if (before) before.replaceWith(body);
    else tables.events.append(body);
    tables.bodies.set(round.round, body);
    if (focused >= 0) body.rows[Math.min(focused, body.rows.length - 1)]?.focus();
    this.#ensureTabStop();
  }

  /** Highlights the row of a mark. */
  mark(id: MarkId | null): void {
    this.#marked?.classList.remove('marked');
    this.#marked = id ? (this.#shown[id.run]?.bodies.get(id.round)?.rows[id.index] ?? null) : null;
    this.#marked?.classList.add('marked');
  }

  #putRound(tables: Tables, round: RoundView): void {
    const next = row(round.cells);
    const before = tables.rows.get(round.round);
    if (before) before.replaceWith(next);
    else (tables.rounds.tBodies[0] ?? tables.rounds.createTBody()).append(next);
    tables.rows.set(round.round, next);
  }

  #focus(target: EventTarget | null): void {
    const tr = (target as HTMLElement | null)?.closest('tr');
    if (!tr?.dataset.run) return;
    for (const other of element('events').querySelectorAll('tr[tabindex="0"]'))
      (other as HTMLElement).tabIndex = -1;
    tr.tabIndex = 0;
    const { run, round, index } = tr.dataset;
    this.#focused({ run: Number(run), round: Number(round), index: Number(index) });
  }

  #key(event: KeyboardEvent): void {
    const rows = [...element('events').querySelectorAll<HTMLElement>('tr[data-run]')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const places: Partial<Record<string, number>> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: rows.length - 1,
    };
    const place = places[event.key];
    if (place === undefined || at < 0) return;
    event.preventDefault();
    rows[place]?.focus();
  }

  /** Tab reaches one row, arrow keys the others. */
  #ensureTabStop(): void {
    const events = element('events');
    if (events.querySelector('tr[tabindex="0"]')) return;
    const first = events.querySelector<HTMLElement>('tr[data-run]');
    if (first) first.tabIndex = 0;
  }
}

function eventBody(run: number, round: RoundView): HTMLTableSectionElement {
  const body = document.createElement('tbody');
  for (const [index, mark] of round.marks.entries()) {
    const tr = row(mark.cells);
    tr.tabIndex = -1;
    tr.dataset.run = String(run);
    tr.dataset.round = String(round.round);
    tr.dataset.index = String(index);
    tr.dataset.kind = mark.kind;
    body.append(tr);
  }
  if (round.more !== '') {
    const cell = body.insertRow().insertCell();
    cell.colSpan = 7;
    cell.textContent = round.more;
  }
  return body;
}

export function showSummary(runs: readonly RunView[]): void {
  const table = element('summary') as HTMLTableElement;
  const head = document.createElement('tr');
  head.append(document.createElement('td'));
  for (const { title } of runs) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = title;
    head.append(cell);
  }
  const [first, second] = runs;
  if (first && second) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = table.dataset.difference ?? '';
    head.append(cell);
  }
  table.tHead?.replaceChildren(...(runs.length > 1 ? [head] : []));
  for (const [place, tr] of [...(table.tBodies[0]?.rows ?? [])].entries()) {
    for (const cell of tr.querySelectorAll('td')) cell.remove();
    for (const { summary } of runs) tr.insertCell().textContent = summary[place] ?? '';
    if (first && second)
      tr.insertCell().textContent = differenceText(first.numbers[place], second.numbers[place]);
  }
}
