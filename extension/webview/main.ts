/** The page of the timeline: what to look at, and what is asked of the extension. */

import type { FromPage, MarkKind, RunView, ToPage } from '../reconnect/timeline/timeline-view';
import { Charts } from './charts';
import { Lanes } from './lanes';
import { toPng } from './picture';
import { drawBar, drawShape } from './shapes';
import { FactTables, showSummary } from './tables';
import { onThemeChange, readTheme } from './theme';

/** Kept while the page is hidden. */
interface Kept {
  readonly run: number | null;
  readonly other: number | null;
  readonly aligned: boolean;
  readonly follow: boolean;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

const vscode = acquireVsCodeApi();
const byId = <Element extends HTMLElement>(id: string) => document.getElementById(id) as Element;
const content = byId('content');
const runSelect = byId<HTMLSelectElement>('run');
const otherSelect = byId<HTMLSelectElement>('other');
const aligned = byId<HTMLInputElement>('aligned');
const follow = byId<HTMLInputElement>('follow');

/** Milliseconds between two moves of a running drill's axis. */
const advanceMs = 200;

let runs: RunView[] = [];
let kept: Kept = vscode.getState() ?? { run: null, other: null, aligned: false, follow: true };
let heardAt = 0;
let theme = readTheme();

const charts = new Charts(byId('recoveries'), byId('gaps'));
const tables = new FactTables((id) => lanes.reveal(id));
const lanes = new Lanes(byId('lanes'), theme, {
  marked: (point, spoken) => {
    tables.mark(point);
    if (spoken) byId('spoken').textContent = point?.mark.label ?? '';
  },
  moved: () => {
    follow.checked = false;
    keep({ follow: false });
  },
});

function shown(): RunView[] {
  const ids = kept.other === kept.run ? [kept.run] : [kept.run, kept.other];
  return ids.flatMap((id) => runs.find((run) => run.id === id) ?? []);
}

function keep(change: Partial<Kept>): void {
  kept = { ...kept, ...change };
  vscode.setState(kept);
}

function showAll(): void {
  const some = shown();
  byId('empty').hidden = runs.length > 0;
  content.hidden = runs.length === 0;
  for (const id of ['export-json', 'export-csv', 'export-png'])
    byId<HTMLButtonElement>(id).disabled = some.length === 0;
  lanes.show(some, kept.aligned, kept.follow);
  tables.show(some);
  showNumbers();
}

/** What changes with each round. */
function showNumbers(): void {
  const some = shown();
  showSummary(some);
  charts.show(some, theme);
  byId('stop').hidden = !some.some(({ elapsedMs }) => elapsedMs !== null);
  const state = byId('state');
  const text = some.map((run) => run.state).join(' / ');
  if (state.textContent !== text) state.textContent = text;
}

function fillSelects(): void {
  const option = (value: string, text: string) => {
    const one = document.createElement('option');
    one.value = value;
    one.textContent = text;
    return one;
  };
  const options = () => runs.map(({ id, title }) => option(String(id), title)).reverse();
  runSelect.replaceChildren(...options());
  otherSelect.replaceChildren(option('', otherSelect.dataset.none ?? ''), ...options());
  runSelect.value = String(kept.run);
  otherSelect.value = kept.other === null ? '' : String(kept.other);
}

function take(message: ToPage): void {
  heardAt = performance.now();
  if (message.kind === 'runs') {
    runs = [...message.runs];
    const has = (id: number | null) => runs.some((run) => run.id === id);
    if (message.show !== null) keep({ run: message.show, follow: true });
    if (!has(kept.run)) keep({ run: runs.at(-1)?.id ?? null });
    if (!has(kept.other)) keep({ other: null });
    follow.checked = kept.follow;
    fillSelects();
    showAll();
  } else takeRound(message);
}

function takeRound({ head, round }: Extract<ToPage, { kind: 'round' }>): void {
  const place = runs.findIndex(({ id }) => id === head.id);
  const before = runs[place];
  if (!before) return;
  const at = before.rounds.findIndex((one) => one.round === round?.round);
  const rounds = round ? (at < 0 ? [...before.rounds, round] : before.rounds.with(at, round)) : before.rounds;
  runs[place] = { ...head, rounds };
  if (before.title !== head.title) fillSelects();
  const run = shown().findIndex(({ id }) => id === head.id);
  if (run < 0) return;
  lanes.show(shown(), kept.aligned, kept.follow);
  if (round) tables.put(run, round);
  showNumbers();
}

function tick(): void {
  const [running] = shown().flatMap(({ elapsedMs }) => elapsedMs ?? []);
  if (running !== undefined) lanes.tick(running + performance.now() - heardAt, kept.follow);
}

function drawLegend(): void {
  for (const item of document.querySelectorAll<HTMLElement>('#legend li')) {
    const canvas = item.querySelector('canvas') as HTMLCanvasElement;
    const scale = window.devicePixelRatio;
    canvas.width = canvas.height = 16 * scale;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.scale(scale, scale);
    const kind = item.dataset.kind;
    if (kind === 'bar') drawBar(context, theme.bar, { x: 1, y: 3, width: 14, height: 10 });
    else drawShape(context, kind as MarkKind, theme.marks[kind as MarkKind], 8, 8);
  }
}

/** For the run that is looked at. */
function ask(make: (run: number) => FromPage): void {
  if (kept.run !== null) vscode.postMessage(make(kept.run));
}

function listen(): void {
  const click = (id: string, act: () => void) => byId(id).addEventListener('click', act);
  window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => take(data));
  runSelect.addEventListener('change', () => {
    keep({ run: Number(runSelect.value) });
    showAll();
    lanes.fit();
  });
  otherSelect.addEventListener('change', () => {
    keep({ other: otherSelect.value === '' ? null : Number(otherSelect.value) });
    showAll();
    lanes.fit();
  });
  aligned.addEventListener('change', () => {
    keep({ aligned: aligned.checked });
    showAll();
  });
  follow.addEventListener('change', () => {
    keep({ follow: follow.checked });
    if (follow.checked) lanes.fit();
  });
  click('zoom-in', () => lanes.zoom(0.5));
  click('zoom-out', () => lanes.zoom(2));
  click('zoom-fit', () => lanes.fit());
  click('open', () => vscode.postMessage({ kind: 'open' }));
  click('stop', () => {
    for (const { id, elapsedMs } of shown())
      if (elapsedMs !== null) vscode.postMessage({ kind: 'stop', run: id });
  });
  click('export-json', () => ask((run) => ({ kind: 'export', run, format: 'json' })));
  click('export-csv', () => ask((run) => ({ kind: 'export', run, format: 'csv' })));
  click('export-png', () =>
    ask((run) => ({ kind: 'image', run, png: toPng(lanes.picture, charts.pictures, shown(), theme) })),
  );
  onThemeChange(() => {
    theme = readTheme();
    lanes.setTheme(theme);
    charts.show(shown(), theme);
    drawLegend();
  });
}

aligned.checked = kept.aligned;
follow.checked = kept.follow;
listen();
drawLegend();
setInterval(tick, advanceMs);
vscode.postMessage({ kind: 'ready' });
