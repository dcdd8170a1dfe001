/** Two charts: how long each round took to recover, and the gaps between attempts. */

import uPlot from 'uplot';
import { durationText } from '../../agent/protocol/duration';
import { quantile } from '../../agent/protocol/quantile';
import { formatTick } from '../reconnect/timeline/timeline-format';
import type { RunView } from '../reconnect/timeline/timeline-view';
import type { Theme } from './theme';

const height = 180;

interface Line {
  readonly label: string;
  readonly color: string;
  /** By x; null: no value. */
  readonly values: readonly (number | null)[];
  /** Runs differ by it, so that their colours are not the only difference. */
  readonly width: number;
  /** Lines of one run differ by it; empty: solid. */
  readonly dash: readonly number[];
}

/** A chart as drawn, with all that its picture lacks. */
export interface ChartPicture {
  readonly title: string;
  readonly canvas: HTMLCanvasElement;
  readonly lines: readonly Pick<Line, 'label' | 'color' | 'width' | 'dash'>[];
}

/** Widths of the lines of compared runs. */
const widths = [1.5, 3.5];
const solid: readonly number[] = [];
const dashed: readonly number[] = [6, 4];
const dotted: readonly number[] = [1, 4];

/** A chart in its element; each draw replaces it. */
class Chart {
  readonly #element: HTMLElement;
  #plot: uPlot | null = null;
  #lines: readonly Line[] = [];

  constructor(element: HTMLElement) {
    this.#element = element;
    new ResizeObserver(() => {
      const width = element.clientWidth;
      if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height });
    }).observe(element);
  }

  /** `x`: the label of the axis, and the number of values, which count from 1. */
  draw(x: { readonly label: string; readonly count: number }, lines: readonly Line[], theme: Theme): void {
    this.#plot?.destroy();
    this.#plot = null;
    this.#lines = lines;
    this.#element.replaceChildren();
    if (!lines.some(({ values }) => values.some((value) => value !== null))) {
      this.#element.textContent = this.#element.dataset.none ?? '';
      return;
    }
    const axis = {
      stroke: theme.foreground,
      grid: { stroke: theme.grid, width: 1 },
      ticks: { stroke: theme.grid },
    };
    const options: uPlot.Options = {
      width: Math.max(200, this.#element.clientWidth),
      height,
      scales: {
        x: { time: false, range: [0.5, x.count + 0.5] },
        y: { range: (_, __, max) => [0, max * 1.1 || 1] },
      },
      axes: [
        { ...axis, font: theme.font, space: 30, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
        { ...axis, font: theme.font, size: 64, values: (_, splits) => splits.map(formatTick) },
      ],
      series: [{ label: x.label }, ...lines.map(seriesOf)],
      legend: {
        markers: {
          width: (_, place) => lines[place - 1]?.width ?? 0,
          dash: (_, place) => borderOf(lines[place - 1]?.dash),
        },
      },
    };
    const places = Array.from({ length: x.count }, (_, index) => index + 1);
    const data = [places, ...lines.map(({ values }) => places.map((_, at) => values[at] ?? null))];
    this.#plot = new uPlot(options, data as uPlot.AlignedData, this.#element);
  }

  get picture(): ChartPicture | null {
    const canvas = this.#plot?.ctx.canvas;
    return canvas ? { title: this.#element.dataset.title ?? '', canvas, lines: this.#lines } : null;
  }
}

/** With more points, only the line is drawn. */
const maxPoints = 60;

/** The style of a swatch in the legend. */
function borderOf(dash: readonly number[] | undefined): string {
  return dash === dotted ? 'dotted' : dash === dashed ? 'dashed' : 'solid';
}

function seriesOf({ label, color, width, dash, values }: Line): uPlot.Series {
  return {
    label,
    stroke: color,
    width,
    dash: [...dash],
    points: { show: values.length <= maxPoints, size: 6, stroke: color, fill: color },
    value: (_, value) => (value === null ? '-' : durationText(value)),
  };
}

export class Charts {
  readonly #recoveriesElement: HTMLElement;
  readonly #gapsElement: HTMLElement;
  readonly #recoveries: Chart;
  readonly #gaps: Chart;

  constructor(recoveriesElement: HTMLElement, gapsElement: HTMLElement) {
    this.#recoveriesElement = recoveriesElement;
    this.#gapsElement = gapsElement;
    this.#recoveries = new Chart(recoveriesElement);
    this.#gaps = new Chart(gapsElement);
  }

  show(runs: readonly RunView[], theme: Theme): void {
    this.#drawRecoveries(runs, theme);
    this.#drawGaps(runs, theme);
  }

  get pictures(): readonly ChartPicture[] {
    return [this.#recoveries.picture, this.#gaps.picture].filter((one) => one !== null);
  }

  #drawRecoveries(runs: readonly RunView[], theme: Theme): void {
    const { round = '', first = '', recovered = '' } = this.#recoveriesElement.dataset;
    const lines = runs.flatMap(({ rounds }, run) => [
      {
        label: named(recovered, run, runs),
        color: theme.runs[run] ?? theme.foreground,
        values: rounds.map(({ recoveredMs }) => recoveredMs),
        width: widths[run] ?? 1,
        dash: solid,
      },
      {
        label: named(first, run, runs),
        color: theme.runs[run] ?? theme.foreground,
        values: rounds.map(({ firstAttemptMs }) => firstAttemptMs),
        width: widths[run] ?? 1,
        dash: dashed,
      },
    ]);
    this.#recoveries.draw(
      { label: round, count: Math.max(1, ...runs.map(({ rounds }) => rounds.length)) },
      lines,
      theme,
    );
  }

  /** Over all rounds of a run: the first gap, the second, and so on. */
  #drawGaps(runs: readonly RunView[], theme: Theme): void {
    const { gap = '', median = '', min = '', max = '' } = this.#gapsElement.dataset;
    const counts = runs.map(({ rounds }) =>
      rounds.reduce((longest, { gapsMs }) => Math.max(longest, gapsMs.length), 0),
    );
    const lines = runs.flatMap(({ rounds }, run) => {
      const color = theme.runs[run] ?? theme.foreground;
      const at = Array.from({ length: counts[run] ?? 0 }, (_, place) =>
        rounds.flatMap(({ gapsMs }) => gapsMs[place] ?? []),
      );
      const line = (label: string, part: number, dash: readonly number[]) => ({
        label: named(label, run, runs),
        color,
        values: at.map((gaps) => quantile(gaps, part)),
        width: widths[run] ?? 1,
        dash,
      });
      return [line(median, 0.5, solid), line(min, 0, dotted), line(max, 1, dashed)];
    });
    this.#gaps.draw({ label: gap, count: Math.max(1, ...counts) }, lines, theme);
  }
}

/** With the number of the run where two are compared. */
function named(label: string, run: number, runs: readonly RunView[]): string {
  return runs.length > 1 ? `${label} (${run + 1})` : label;
}
