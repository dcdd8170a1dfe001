/** Lanes, numbers and charts as one picture. */

import type { RunView } from '../reconnect/timeline/timeline-view';
import type { Theme } from './theme';

const margin = 16;
const line = 18;

/** PNG as base64: lanes, then the numbers, then the charts. */
export function toPng(
  lanes: HTMLCanvasElement,
  charts: readonly HTMLCanvasElement[],
  runs: readonly RunView[],
  theme: Theme,
): string {
  const scale = window.devicePixelRatio;
  const texts = summaryLines(runs);
  const chartsTop = 2 * margin + lanes.height / scale + texts.length * line;
  const chartsHeight = Math.max(0, ...charts.map(({ height }) => height / scale));
  const chartsWidth = charts.reduce((sum, { width }) => sum + width / scale + margin, margin);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(lanes.width + 2 * margin * scale, chartsWidth * scale);
  canvas.height = (chartsTop + chartsHeight + margin) * scale;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(scale, scale);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const put = (image: HTMLCanvasElement, x: number, y: number) =>
    context.drawImage(image, x, y, image.width / scale, image.height / scale);
  put(lanes, margin, margin);
  context.fillStyle = theme.foreground;
  context.font = theme.font;
  for (const [at, text] of texts.entries())
    context.fillText(text, margin, 1.5 * margin + lanes.height / scale + (at + 0.7) * line);
  let x = margin;
  for (const chart of charts) {
    put(chart, x, chartsTop);
    x += chart.width / scale + margin;
  }
  return canvas.toDataURL('image/png').slice('data:image/png;base64,'.length);
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
    return [title, ...lines, ''];
  });
}
