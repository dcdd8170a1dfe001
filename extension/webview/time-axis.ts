/** The time axis of the history: a column for each short time, as high as it has connections, by what became of them. */

import { type HistoryRow, type RowKind, rowKinds } from '../history/history-view';
import { type Column, columnsOf, type Span, spanOf } from './time-columns';

const height = 64;
const textHeight = 16;
const columnWidth = 6;

export class TimeAxis {
  readonly #box: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  #rows: readonly HistoryRow[] = [];
  #active: HistoryRow | null = null;

  /** `chosen`: called with the time of a click. */
  constructor(box: HTMLElement, chosen: (at: number) => void) {
    this.#box = box;
    this.#canvas = box.querySelector('canvas') as HTMLCanvasElement;
    this.#canvas.addEventListener('click', ({ offsetX }) => {
      const { from, to } = spanOf(this.#rows);
      chosen(from + ((to - from) * offsetX) / this.#canvas.clientWidth);
    });
  }

  show(rows: readonly HistoryRow[]): void {
    this.#rows = rows;
    this.#draw();
  }

  /** Shows when this connection was open. */
  mark(row: HistoryRow | null): void {
    this.#active = row;
    this.#draw();
  }

  #draw(): void {
    if (this.#rows.length === 0) return;
    const span = spanOf(this.#rows);
    const width = this.#box.clientWidth;
    const context = this.#prepare(width);
    const color = colors();
    this.#label(span);
    drawColumns(
      context,
      columnsOf(this.#rows, span, Math.max(1, Math.floor(width / columnWidth))),
      width,
      color,
    );
    drawTimes(context, span, width, color.text);
    if (this.#active) drawActive(context, this.#active, span, width, color.focus);
  }

  #prepare(width: number): CanvasRenderingContext2D {
    const scale = window.devicePixelRatio;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#canvas.style.setProperty('height', `${height}px`);
    const context = this.#canvas.getContext('2d') as CanvasRenderingContext2D;
    context.scale(scale, scale);
    return context;
  }

  #label({ from, to }: Span): void {
    const count = this.#rows.length.toLocaleString(document.documentElement.lang);
    const { one = '', some = '' } = this.#box.dataset;
    const label = [count, timeText(from), timeText(to)].reduce(
      (text, value, index) => text.replace(`{${index}}`, value),
      this.#rows.length === 1 ? one : some,
    );
    if (this.#box.getAttribute('aria-label') !== label) this.#box.setAttribute('aria-label', label);
  }
}

interface Colors extends Readonly<Record<RowKind, string>> {
  readonly text: string;
  readonly focus: string;
}

function colors(): Colors {
  const style = getComputedStyle(document.body);
  const color = (name: string) => style.getPropertyValue(name).trim() || style.color;
  return {
    opened: color('--vscode-charts-green'),
    ended: color('--vscode-charts-blue'),
    failed: color('--vscode-charts-red'),
    text: color('--vscode-descriptionForeground'),
    focus: color('--vscode-focusBorder'),
  };
}

function drawColumns(
  context: CanvasRenderingContext2D,
  columns: readonly Column[],
  width: number,
  color: Colors,
): void {
  const each = width / columns.length;
  const most = Math.max(1, ...columns.map(({ total }) => total));
  for (const [at, column] of columns.entries()) {
    let y = height - textHeight;
    for (const kind of rowKinds) {
      const part = ((height - textHeight) * column[kind]) / most;
      context.fillStyle = color[kind];
      context.fillRect(at * each, y - part, Math.max(1, each - 1), part);
      y -= part;
    }
  }
}

function drawTimes(
  context: CanvasRenderingContext2D,
  { from, to }: Span,
  width: number,
  color: string,
): void {
  context.fillStyle = color;
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = 'bottom';
  context.textAlign = 'left';
  context.fillText(timeText(from), 0, height);
  context.textAlign = 'right';
  context.fillText(timeText(to), width, height);
}

function drawActive(
  context: CanvasRenderingContext2D,
  row: HistoryRow,
  { from, to }: Span,
  width: number,
  color: string,
): void {
  const x = (at: number) => (width * Math.max(0, at - from)) / (to - from);
  context.strokeStyle = color;
  context.lineWidth = 2;
  const left = Math.min(x(row.from), width - 2);
  context.strokeRect(left, 1, Math.max(1, x(row.at) - left - 1), height - textHeight - 2);
}

/** With the date, where that is not today's. */
function timeText(at: number): string {
  const time = new Date(at);
  const { lang } = document.documentElement;
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? time.toLocaleTimeString(lang) : time.toLocaleString(lang);
}
