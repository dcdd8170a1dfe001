/** Curves of time against sockets as an SVG, both axes logarithmic. */

const size = { width: 720, height: 440, left: 80, right: 150, top: 30, bottom: 50 };
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

const text = (value) => String(value).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The powers of ten around values. */
function decades(values) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** From a value to its place between `start` and `end`. */
function scale(marks, start, end) {
  const [first, last] = [Math.log10(marks[0]), Math.log10(marks.at(-1))];
  return (value) => start + ((Math.log10(value) - first) / (last - first)) * (end - start);
}

const label = (x, y, anchor, words) =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${text(words)}</text>`;

const rule = (x1, y1, x2, y2) => `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#ccc"/>`;

function grid(xs, ys, x, y) {
  const [bottom, right] = [size.height - size.bottom, size.width - size.right];
  return [
    ...xs.flatMap((mark) => [
      rule(x(mark), size.top, x(mark), bottom),
      label(x(mark), bottom + 20, 'middle', mark.toLocaleString('en')),
    ]),
    ...ys.flatMap((mark) => [
      rule(size.left, y(mark), right, y(mark)),
      label(size.left - 8, y(mark) + 4, 'end', `${mark.toLocaleString('en')} ms`),
    ]),
    label((size.left + right) / 2, size.height - 8, 'middle', 'sockets'),
  ];
}

function drawCurve({ name, points }, color, x, y) {
  const places = points.map(([sockets, ms]) => [x(sockets).toFixed(1), y(ms).toFixed(1)]);
  const [lastX, lastY] = places.at(-1);
  return [
    `<path d="M${places.map((place) => place.join(' ')).join('L')}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${color}"/>`),
    `<g fill="${color}">${label(Number(lastX) + 10, Number(lastY) + 4, 'start', name)}</g>`,
  ];
}

/** `curves`: { name, points: [[sockets, ms], ...] }, each with at least one point. */
export function plot(title, curves) {
  const points = curves.flatMap((curve) => curve.points);
  const [xs, ys] = [0, 1].map((axis) => decades(points.map((point) => point[axis])));
  const x = scale(xs, size.left, size.width - size.right);
  const y = scale(ys, size.height - size.bottom, size.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    label(size.left, 18, 'start', title),
    ...grid(xs, ys, x, y),
    ...curves.flatMap((curve, index) => drawCurve(curve, colors[index % colors.length], x, y)),
    '</svg>\n',
  ].join('\n');
}
