/** The page of the history: filter, time axis and rows, and messages to and from the extension. */

import type { FromPage, HistoryRow, PageFilter, PageStatus, ToPage } from '../history/history-view';
import { maxRows } from '../history/history-view';
import { RowList } from './row-list';
import { onThemeChange } from './theme-change';
import { TimeAxis } from './time-axis';

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  /** The extension gets it after a reload of the window. */
  setState(state: PageFilter): void;
};

const vscode = acquireVsCodeApi();
const byId = <Element extends HTMLElement>(id: string) => document.getElementById(id) as Element;
const filter = byId<HTMLInputElement>('filter');
const failed = byId<HTMLInputElement>('failed');

/** After the last key of a filter. */
const typingMs = 300;
let typing: ReturnType<typeof setTimeout> | undefined;

const list = new RowList(byId('rows'), maxRows, () => axis.mark(list.active));
const axis = new TimeAxis(byId('axis'), (at) => list.activateNear(at));

function take(message: ToPage): void {
  if (message.kind === 'status') showStatus(message.status);
  else if (message.kind === 'filter') showFilter(message);
  else showRows(message.rows, message.fresh);
}

function showRows(rows: readonly HistoryRow[], fresh: boolean): void {
  list.put(rows, fresh);
  const shown = list.rows;
  byId('axis').hidden = byId('legend').hidden = shown.length === 0;
  // Hidden, it has no width.
  axis.show(shown);
  byId('count').textContent = countText(shown.length);
}

function countText(count: number): string {
  const { none = '', one = '', some = '', newest = '' } = byId('count').dataset;
  if (count === 0) return none;
  const text = list.isFull ? newest : count === 1 ? one : some;
  return text.replace('{0}', count.toLocaleString(document.documentElement.lang));
}

function showStatus({ text, offersAgent, offersAlways }: PageStatus): void {
  const status = byId('status');
  if (status.textContent !== text) status.textContent = text;
  byId('start').hidden = !offersAgent;
  byId('always').hidden = !offersAlways;
}

function showFilter({ filter: shown, mistake, isOwn }: Extract<ToPage, { kind: 'filter' }>): void {
  if (!isOwn) {
    clearTimeout(typing);
    filter.value = shown.text;
    failed.checked = shown.failedOnly;
  }
  byId('mistake').textContent = mistake;
  vscode.setState(shown);
}

function sendFilter(): void {
  clearTimeout(typing);
  vscode.postMessage({ kind: 'filter', text: filter.value, failedOnly: failed.checked });
}

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => take(data));
filter.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(sendFilter, typingMs);
});
filter.addEventListener('change', sendFilter);
failed.addEventListener('change', sendFilter);
byId('start').addEventListener('click', () => vscode.postMessage({ kind: 'startAgent' }));
byId('always').addEventListener('click', () => vscode.postMessage({ kind: 'always' }));
onThemeChange(() => axis.show(list.rows));
window.addEventListener('resize', () => axis.show(list.rows));
vscode.postMessage({ kind: 'ready' });
