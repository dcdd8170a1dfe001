/** The page of the timeline: state, controls, and messages to and from the extension. */

import type { FromPage, MarkKind, RunView, ToPage } from '../reconnect/timeline/timeline-view';
import { Charts } from './charts';
import { Lanes } from './lanes';
import { toPng } from './picture';
import { drawBar, drawShape } from './shapes';
import { FactTables, showSummary } from './tables';
import { readTheme } from './theme';
import { onThemeChange } from './theme-change';

/** Survives while the page is hidden. */
interface PageState {
  readonly run: number | null;
  readonly other: number | null;
  readonly aligned: boolean;
  readonly follow: boolean;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): PageState | undefined;
  setState(state: PageState): void;
};

const vscode = acquireVsCodeApi();
const byId = <Element extends HTMLElement>(id: string) => document.getElementById(id) as Element;
const content = byId('content');
const runSelect = byId<HTMLSelectElement>('run');
const otherSelect = byId<HTMLSelectElement>('other');
const aligned = byId<HTMLInputElement>('aligned');
const follow = byId<HTMLInputElement>('follow');

/** Interval of moves of a running drill's axis: rarely where motion is to be reduced. */
const advanceMs = () => (document.body.classList.contains('vscode-reduce-motion') ? 2000 : 200);

let runs: RunView[] = [];
let pageState: PageState = vscode.getState() ?? { run: null, other: null, aligned: false, follow: true };
let receivedAt = 0;
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
    savePageState({ follow: false });
  },
});

function shown(): RunView[] {
  const ids = pageState.other === pageState.run ? [pageState.run] : [pageState.run, pageState.other];
  return ids.flatMap((id) => runs.find((run) => run.id === id) ?? []);
}

function savePageState(change: Partial<PageState>): void {
  pageState = { ...pageState, ...change };
  vscode.setState(pageState);
}

function showAll(): void {
  const some = shown();
  byId('empty').hidden = runs.length > 0;
  content.hidden = runs.length === 0;
  for (const id of ['export-yml', 'export-json', 'export-csv', 'export-png'])
    byId<HTMLButtonElement>(id).disabled = some.length === 0;
  lanes.show(some, pageState.aligned, pageState.follow);
  tables.show(some);
  showNumbers();
}

/** Redraws the parts that change with each round. */
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
  runSelect.value = String(pageState.run);
  otherSelect.value = pageState.other === null ? '' : String(pageState.other);
}

function take(message: ToPage): void {
  receivedAt = performance.now();
  if (message.kind === 'runs') {
    runs = [...message.runs];
    const has = (id: number | null) => runs.some((run) => run.id === id);
    if (message.show !== null) savePageState({ run: message.show, follow: true });
    if (!has(pageState.run)) savePageState({ run: runs.at(-1)?.id ?? null });
    if (!has(pageState.other)) savePageState({ other: null });
    follow.checked = pageState.follow;
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
  lanes.show(shown(), pageState.aligned, pageState.follow);
  if (round) tables.put(run, round);
  showNumbers();
}

function advance(): void {
  setTimeout(advance, advanceMs());
  const [running] = shown().flatMap(({ elapsedMs }) => elapsedMs ?? []);
  if (running !== undefined) lanes.advance(running + performance.now() - receivedAt, pageState.follow);
}

function legendItems(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('#legend li')];
}

function drawLegend(): void {
  for (const item of legendItems()) {
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

/** Posts a message for the selected run. */
function ask(make: (run: number) => FromPage): void {
  if (pageState.run !== null) vscode.postMessage(make(pageState.run));
}

function listen(): void {
  const click = (id: string, act: () => void) => byId(id).addEventListener('click', act);
  window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => take(data));
  runSelect.addEventListener('change', () => {
    savePageState({ run: Number(runSelect.value) });
    showAll();
    lanes.fit();
  });
  otherSelect.addEventListener('change', () => {
    savePageState({ other: otherSelect.value === '' ? null : Number(otherSelect.value) });
    showAll();
    lanes.fit();
  });
  aligned.addEventListener('change', () => {
    savePageState({ aligned: aligned.checked });
    showAll();
  });
  follow.addEventListener('change', () => {
    savePageState({ follow: follow.checked });
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
  click('export-yml', () => ask((run) => ({ kind: 'export', run, format: 'yml' })));
  click('export-json', () => ask((run) => ({ kind: 'export', run, format: 'json' })));
  click('export-csv', () => ask((run) => ({ kind: 'export', run, format: 'csv' })));
  click('export-png', () =>
    ask((run) => ({
      kind: 'image',
      run,
      png: toPng(lanes.picture, legendItems(), charts.pictures, shown(), theme),
    })),
  );
  onThemeChange(() => {
    theme = readTheme();
    lanes.setTheme(theme);
    charts.show(shown(), theme);
    drawLegend();
  });
}

aligned.checked = pageState.aligned;
follow.checked = pageState.follow;
listen();
drawLegend();
advance();
vscode.postMessage({ kind: 'ready' });
