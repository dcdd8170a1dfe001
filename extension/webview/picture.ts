/** Lanes, legend, numbers and charts as one picture, which has to explain itself. */

import type { RunView } from '../reconnect/timeline/timeline-view';
import type { ChartPicture } from './charts';
import type { Theme } from './theme';

const margin = 16;
const line = 18;

/** A part of the picture, below the one before. Sizes in CSS pixels. */
interface Part {
  readonly width: number;
  readonly height: number;
  draw(context: CanvasRenderingContext2D, x: number, y: number): void;
}

/** PNG as base64. `legend`: the elements of the page's legend, each with a canvas and a text. */
export function toPng(
  lanes: HTMLCanvasElement,
  legend: readonly HTMLElement[],
  charts: readonly ChartPicture[],
  runs: readonly RunView[],
  theme: Theme,
): string {
  const measure = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
  measure.font = theme.font;
  const width = lanes.width / window.devicePixelRatio;
  const parts = [
    image(lanes),
    legendPart(measure, legend, width),
    textPart(summaryLines(runs)),
    chartsPart(charts),
  ];
  const canvas = document.createElement('canvas');
  const scale = window.devicePixelRatio;
  canvas.width = (2 * margin + Math.max(...parts.map((part) => part.width))) * scale;
  canvas.height = (margin + parts.reduce((sum, { height }) => sum + height + margin, 0)) * scale;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(scale, scale);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = theme.font;
  context.textBaseline = 'middle';
  let y = margin;
  for (const part of parts) {
    context.fillStyle = theme.foreground;
    part.draw(context, margin, y);
    y += part.height + margin;
  }
  return canvas.toDataURL('image/png').slice('data:image/png;base64,'.length);
}

function image(canvas: HTMLCanvasElement): Part {
  const width = canvas.width / window.devicePixelRatio;
  const height = canvas.height / window.devicePixelRatio;
  return { width, height, draw: (context, x, y) => context.drawImage(canvas, x, y, width, height) };
}

function textPart(lines: readonly string[]): Part {
  return {
    width: 0,
    height: lines.length * line,
    draw: (context, x, y) => {
      for (const [at, text] of lines.entries()) context.fillText(text, x, y + (at + 0.5) * line);
    },
  };
}

/** Each shape with its name, in as many lines as the width needs. */
function legendPart(measure: CanvasRenderingContext2D, legend: readonly HTMLElement[], width: number): Part {
  const places: { readonly item: HTMLElement; readonly x: number; readonly row: number }[] = [];
  let x = 0;
  let row = 0;
  for (const item of legend) {
    const wide = 20 + measure.measureText(item.textContent ?? '').width + 14;
    if (x > 0 && x + wide > width) {
      x = 0;
      row++;
    }
    places.push({ item, x, row });
    x += wide;
  }
  return {
    width,
    height: (row + 1) * line,
    draw: (context, left, top) => {
      for (const { item, x: at, row: down } of places) {
        const shape = item.querySelector('canvas') as HTMLCanvasElement;
        context.drawImage(shape, left + at, top + down * line + 1, 16, 16);
        context.fillText(item.textContent ?? '', left + at + 20, top + (down + 0.5) * line);
      }
    },
  };
}

/** Side by side, each below its title and above the names of its lines. */
function chartsPart(charts: readonly ChartPicture[]): Part {
  const parts = charts.map((chart) => ({ chart, plot: image(chart.canvas) }));
  return {
    width: parts.reduce((sum, { plot }) => sum + plot.width + margin, 0),
    height: Math.max(0, ...parts.map(({ chart, plot }) => (1 + chart.lines.length) * line + plot.height)),
    draw: (context, left, top) => {
      let x = left;
      for (const { chart, plot } of parts) {
        context.fillText(chart.title, x, top + line / 2);
        plot.draw(context, x, top + line);
        for (const [at, { label, color, width, dash }] of chart.lines.entries()) {
          const y = top + line + plot.height + (at + 0.5) * line;
          context.fillText(label, x + 40, y);
          context.save();
          context.strokeStyle = color;
          context.lineWidth = width;
          context.setLineDash([...dash]);
          context.beginPath();
          context.moveTo(x, y);
          context.lineTo(x + 32, y);
          context.stroke();
          context.restore();
        }
        x += plot.width + margin;
      }
    },
  };
}

/** Numbers on one line. */
const perLine = 3;

function summaryLines(runs: readonly RunView[]): readonly string[] {
  const labels = [...document.querySelectorAll('#summary tbody th')].map(
    ({ textContent }) => textContent ?? '',
  );
  return runs.flatMap(({ title, summary }) => {
    const facts = labels.map((label, place) => `${label}: ${summary[place] ?? ''}`).slice(1); // the target is in the title
    const lines = [];
    for (let at = 0; at < facts.length; at += perLine) lines.push(facts.slice(at, at + perLine).join('    '));
    return [title, ...lines];
  });
}
