/** The lanes: events over time on a canvas, with hover, focus and zoom. */

import { formatTick } from '../reconnect/timeline/timeline-format';
import type { RunView } from '../reconnect/timeline/timeline-view';
import { isSame, type MarkId, type Plan, type Point, plan, type Row, wholeRange } from './points';
import { drawBar, drawShape, radius } from './shapes';
import type { Theme } from './theme';
import { pan, type Range, reach, ticks, zoomAt } from './zoom';

const left = 34;
const right = 14;
const axisHeight = 24;
/** The pointer is on a mark within this distance, in CSS pixels. */
const hitRadius = 9;

interface LaneListener {
  /** A mark has the pointer or the focus; null: none has. `spoken`: screen readers read its label. */
  marked(point: Point | null, spoken: boolean): void;
  /** The user has zoomed or moved the axis. */
  moved(): void;
}

export class Lanes {
  readonly #element: HTMLElement;
  #theme: Theme;
  readonly #listener: LaneListener;
  #runs: readonly RunView[] = [];
  #aligned = false;
  #plan: Plan = { points: [], rows: [], tops: [], height: 0 };
  #range: Range = { from: 0, to: 1 };
  #whole: Range = { from: 0, to: 1 };
  #now = 0;
  #marked: Point | null = null;
  #drawing = 0;
  readonly #canvas: HTMLCanvasElement;
  readonly #tip: HTMLElement;

  constructor(element: HTMLElement, theme: Theme, listener: LaneListener) {
    this.#element = element;
    this.#theme = theme;
    this.#listener = listener;
    this.#canvas = element.querySelector('canvas') as HTMLCanvasElement;
    this.#tip = element.querySelector('#tip') as HTMLElement;
    new ResizeObserver(() => this.#draw()).observe(element);
    element.addEventListener('keydown', (event) => this.#key(event));
    element.addEventListener('blur', () => this.#mark(null));
    this.#canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#canvas.addEventListener('pointermove', (event) => this.#pointer(event));
    this.#canvas.addEventListener(
      'pointerleave',
      () => document.activeElement !== element && this.#mark(null, false),
    );
    this.#canvas.addEventListener('pointerdown', (event) => this.#canvas.setPointerCapture(event.pointerId));
  }

  /** `follow`: fit everything, until the user zooms. */
  show(runs: readonly RunView[], aligned: boolean, follow: boolean): void {
    const wasFit = follow || this.#isFit || aligned !== this.#aligned || this.#runs.length === 0;
    const before = this.#marked;
    this.#runs = runs;
    this.#aligned = aligned;
    this.#plan = plan(runs, aligned);
    this.#marked = before ? (this.#plan.points.find((point) => isSame(point, before)) ?? null) : null;
    this.#extend(wasFit);
  }

  /** `now`: milliseconds since the start of the running drill. */
  advance(now: number, follow: boolean): void {
    this.#now = now;
    this.#extend(follow);
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#draw();
  }

  fit(): void {
    this.#range = this.#whole;
    this.#draw();
  }

  zoom(factor: number, at = (this.#range.from + this.#range.to) / 2): void {
    this.#range = zoomAt(this.#range, at, factor, this.#whole);
    this.#listener.moved();
    this.#draw();
  }

  /** Marks a point with the focus, and moves the axis so that it is visible. */
  reveal(id: MarkId | null): void {
    const point = this.#plan.points.find((one) => isSame(one, id)) ?? null;
    if (point) this.#range = reach(this.#range, point.at, this.#whole);
    this.#marked = point;
    this.#tip.hidden = true;
    this.#draw();
  }

  /** The canvas, for export as a picture. */
  get picture(): HTMLCanvasElement {
    this.#drawNow();
    return this.#canvas;
  }

  get #isFit(): boolean {
    return this.#range.from === this.#whole.from && this.#range.to === this.#whole.to;
  }

  #extend(fit: boolean): void {
    this.#whole = wholeRange(this.#runs, this.#aligned, this.#now);
    if (fit) this.#range = this.#whole;
    this.#draw();
  }

  get #width(): number {
    return this.#element.clientWidth;
  }

  #x(ms: number): number {
    const { from, to } = this.#range;
    return left + ((ms - from) / (to - from)) * Math.max(1, this.#width - left - right);
  }

  #msAt(x: number): number {
    const { from, to } = this.#range;
    return from + ((x - left) / Math.max(1, this.#width - left - right)) * (to - from);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#keys(event.shiftKey)[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #keys(shift: boolean): Partial<Record<string, () => void>> {
    return {
      ArrowLeft: () => (shift ? this.#pan(-0.2) : this.#step(-1)),
      ArrowRight: () => (shift ? this.#pan(0.2) : this.#step(1)),
      Home: () => this.#jump(0),
      End: () => this.#jump(this.#plan.points.length - 1),
      '+': () => this.zoom(0.5, this.#marked?.at),
      '=': () => this.zoom(0.5, this.#marked?.at),
      '-': () => this.zoom(2, this.#marked?.at),
      '0': () => this.fit(),
      Escape: () => this.#mark(null),
    };
  }

  #pan(part: number): void {
    this.#range = pan(this.#range, part, this.#whole);
    this.#listener.moved();
    this.#draw();
  }

  #step(by: number): void {
    const { points } = this.#plan;
    const at = points.findIndex((point) => isSame(point, this.#marked));
    this.#jump(at < 0 ? 0 : Math.min(Math.max(0, at + by), points.length - 1));
  }

  #jump(place: number): void {
    const point = this.#plan.points[place];
    if (!point) return;
    const range = reach(this.#range, point.at, this.#whole);
    if (range !== this.#range) this.#listener.moved();
    this.#range = range;
    this.#mark(point);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
      this.#pan((event.deltaX || event.deltaY) / 1000);
    else this.zoom(1.0015 ** event.deltaY, this.#msAt(event.offsetX));
  }

  #pointer(event: PointerEvent): void {
    if (event.buttons === 1) {
      const width = Math.max(1, this.#width - left - right);
      if (event.movementX !== 0) this.#pan(-event.movementX / width);
      return;
    }
    const hit = this.#nearest(event.offsetX, event.offsetY);
    if (!isSame(hit, this.#marked)) this.#mark(hit, false);
  }

  #nearest(x: number, y: number): Point | null {
    let best: Point | null = null;
    let nearestDistance = hitRadius;
    for (const point of this.#plan.points) {
      const distance = Math.hypot(this.#x(point.at) - x, point.y - y);
      if (distance <= nearestDistance) {
        best = point;
        nearestDistance = distance;
      }
    }
    return best;
  }

  #mark(point: Point | null, spoken = true): void {
    this.#marked = point;
    this.#listener.marked(point, spoken);
    this.#placeTip(point);
    this.#draw();
  }

  #placeTip(point: Point | null): void {
    this.#tip.hidden = point === null;
    if (!point) return;
    this.#tip.textContent = point.mark.label;
    const x = this.#x(point.at) + 10;
    this.#tip.style.left = `${Math.max(0, Math.min(x, this.#width - this.#tip.offsetWidth - 4))}px`;
    this.#tip.style.top = `${point.y + 10}px`;
  }

  #draw(): void {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow(): void {
    const canvas = this.#canvas;
    const width = this.#width;
    const height = this.#plan.height + axisHeight;
    const scale = window.devicePixelRatio;
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(scale, scale);
    context.font = this.#theme.font;
    context.textBaseline = 'middle';
    this.#drawAxis(context, height);
    this.#drawTitles(context);
    context.save();
    context.beginPath();
    context.rect(left - radius, 0, width - left - right + 2 * radius, height);
    context.clip();
    for (const row of this.#plan.rows) this.#drawRow(context, row);
    this.#drawNowLine(context);
    for (const point of this.#plan.points) this.#drawPoint(context, point);
    context.restore();
  }

  #drawAxis(context: CanvasRenderingContext2D, height: number): void {
    const theme = this.#theme;
    const width = this.#width;
    const maxCount = Math.max(2, Math.floor((width - left - right) / 80));
    context.textAlign = 'center';
    for (const ms of ticks(this.#range, maxCount)) {
      const x = Math.round(this.#x(ms)) + 0.5;
      context.strokeStyle = theme.grid;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height - axisHeight);
      context.stroke();
      context.fillStyle = theme.dim;
      context.fillText(formatTick(ms), x, height - axisHeight / 2);
    }
  }

  #drawTitles(context: CanvasRenderingContext2D): void {
    context.textAlign = 'left';
    for (const [index, top] of this.#plan.tops.entries()) {
      const title = this.#runs[index]?.title ?? '';
      context.fillStyle = this.#theme.background;
      context.fillRect(0, top + 2, Math.min(this.#width, 8 + context.measureText(title).width), 18);
      context.fillStyle = this.#theme.foreground;
      context.fillText(title, 4, top + 11);
    }
  }

  #drawRow(context: CanvasRenderingContext2D, { round, top, height }: Row): void {
    const start = this.#aligned ? 0 : round.startMs;
    const x = this.#x(start);
    if (round.bar) {
      const end = this.#x(start + round.bar.ms);
      drawBar(context, this.#theme.bar, { x, y: top + 2, width: end - x, height: height - 4 });
    }
    context.strokeStyle = this.#theme.marks.destroyed;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, top + height);
    context.stroke();
    if (height < 10) return;
    context.fillStyle = this.#theme.dim;
    context.textAlign = this.#aligned ? 'left' : 'center';
    if (this.#aligned) context.fillText(String(round.round), left - radius, top + height / 2);
  }

  #drawNowLine(context: CanvasRenderingContext2D): void {
    if (this.#aligned || !this.#runs.some(({ elapsedMs }) => elapsedMs !== null)) return;
    const x = this.#x(this.#now);
    context.strokeStyle = this.#theme.dim;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, this.#plan.height);
    context.stroke();
    context.setLineDash([]);
  }

  #drawPoint(context: CanvasRenderingContext2D, point: Point): void {
    const { mark, at, y } = point;
    const x = this.#x(at);
    const end = this.#x(at + mark.durationMs);
    if (end < 0 || x > this.#width) return;
    const color = this.#theme.marks[mark.kind];
    if (end - x > radius) {
      context.strokeStyle = color;
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(end, y);
      context.stroke();
    }
    drawShape(context, mark.kind, color, x, y);
    if (!isSame(point, this.#marked)) return;
    context.strokeStyle = this.#theme.focus;
    context.lineWidth = 2;
    context.strokeRect(x - radius - 4, y - radius - 4, 2 * radius + 8, 2 * radius + 8);
  }
}
