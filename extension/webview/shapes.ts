/** A shape for each kind of mark, so that colour is never the only difference. */

import type { MarkKind } from '../reconnect/timeline/timeline-view';

/** Half the size of a shape, in CSS pixels. */
export const radius = 5;

type Draw = (context: CanvasRenderingContext2D, r: number) => void;

const polygon =
  (points: readonly (readonly [number, number])[], filled: boolean): Draw =>
  (context, r) => {
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x * r, y * r);
    context.closePath();
    if (filled) context.fill();
    else context.stroke();
  };

const lines =
  (...strokes: readonly (readonly (readonly [number, number])[])[]): Draw =>
  (context, r) => {
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of stroke) context.lineTo(x * r, y * r);
      context.stroke();
    }
  };

const circle =
  (filled: boolean, dash: readonly number[] = []): Draw =>
  (context, r) => {
    context.beginPath();
    context.setLineDash([...dash]);
    context.arc(0, 0, r * 0.9, 0, 2 * Math.PI);
    if (filled) context.fill();
    else context.stroke();
    context.setLineDash([]);
  };

const square: readonly (readonly [number, number])[] = [
  [-0.85, -0.85],
  [0.85, -0.85],
  [0.85, 0.85],
  [-0.85, 0.85],
];
const diamond: readonly (readonly [number, number])[] = [
  [0, -1.1],
  [1.1, 0],
  [0, 1.1],
  [-1.1, 0],
];
const both =
  (...parts: readonly Draw[]): Draw =>
  (context, r) => {
    for (const part of parts) part(context, r);
  };

const shapes: Record<MarkKind, Draw> = {
  destroyed: polygon(
    [
      [-1, -1],
      [1, -1],
      [0, 1],
    ],
    true,
  ),
  connected: circle(true),
  refused: lines(
    [
      [-0.9, -0.9],
      [0.9, 0.9],
    ],
    [
      [-0.9, 0.9],
      [0.9, -0.9],
    ],
  ),
  unreachable: polygon(square, false),
  denied: polygon(diamond, true),
  'timed-out': both(
    polygon(
      [
        [-0.8, -1],
        [0.8, -1],
        [0, 0],
      ],
      true,
    ),
    polygon(
      [
        [-0.8, 1],
        [0.8, 1],
        [0, 0],
      ],
      true,
    ),
  ),
  reset: polygon(
    [
      [-1, -0.8],
      [1, -0.8],
      [0, 1],
    ],
    false,
  ),
  abandoned: circle(false),
  failed: lines(
    [
      [-1, 0],
      [1, 0],
    ],
    [
      [0, -1],
      [0, 1],
    ],
  ),
  pending: circle(false, [2, 2]),
  recovered: both(
    lines([
      [-0.6, 1.2],
      [-0.6, -1.2],
    ]),
    polygon(
      [
        [-0.6, -1.2],
        [1, -0.5],
        [-0.6, 0.2],
      ],
      true,
    ),
  ),
  bytes: lines(
    [
      [-0.9, -0.8],
      [-0.1, 0],
      [-0.9, 0.8],
    ],
    [
      [0.1, -0.8],
      [0.9, 0],
      [0.1, 0.8],
    ],
  ),
  exit: both(
    polygon(square, false),
    lines(
      [
        [-0.85, -0.85],
        [0.85, 0.85],
      ],
      [
        [-0.85, 0.85],
        [0.85, -0.85],
      ],
    ),
  ),
  restarted: polygon(
    [
      [-0.8, -1],
      [1, 0],
      [-0.8, 1],
    ],
    false,
  ),
  missed: polygon(diamond, false),
};

export function drawShape(
  context: CanvasRenderingContext2D,
  kind: MarkKind,
  color: string,
  x: number,
  y: number,
): void {
  context.save();
  context.translate(x, y);
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 1.8;
  shapes[kind](context, radius);
  context.restore();
}

/** The bar of an outage: filled faintly, with slanted lines. */
export function drawBar(
  context: CanvasRenderingContext2D,
  color: string,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = color;
  context.strokeStyle = color;
  context.globalAlpha = 0.15;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  for (let at = x - height; at < x + width; at += 8) {
    context.beginPath();
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
    context.stroke();
  }
  context.globalAlpha = 1;
  context.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
  context.restore();
}
