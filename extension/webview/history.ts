/** The page of the history: filter, time axis and rows, and messages to and from the extension. */

import type { FromPage, HistoryRow, PageFilter, PageStatus, ToPage } from '../history/history-view';
import { maxRows } from '../history/history-view';
import { RowList } from './row-list';
import { onThemeChange } from './theme-change';
import { TimeAxis } from './time-axis';

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): PageFilter | undefined;
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
  else if (message.kind === 'filter') showFilter(message.filter, message.mistake);
  else showRows(message.rows, message.fresh);
}

function showRows(rows: readonly HistoryRow[], fresh: boolean): void {
  list.put(rows, fresh);
  const shown = list.rows;
  axis.show(shown);
  byId('axis').hidden = byId('legend').hidden = shown.length === 0;
  const count = byId('count');
  const { some = '', newest = '', none = '' } = count.dataset;
  count.textContent =
    shown.length === 0 ? none : list.isFull ? newest : some.replace('{0}', String(shown.length));
}

function showStatus({ text, offersAgent, offersAlways }: PageStatus): void {
  const status = byId('status');
  if (status.textContent !== text) status.textContent = text;
  byId('start').hidden = !offersAgent;
  byId('always').hidden = !offersAlways;
}

function showFilter({ text, failedOnly }: PageFilter, mistake: string): void {
  if (document.activeElement !== filter) filter.value = text;
  failed.checked = failedOnly;
  byId('mistake').textContent = mistake;
  vscode.setState({ text, failedOnly });
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
