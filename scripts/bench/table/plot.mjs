/** Curves of time against sockets as an SVG, both axes logarithmic. */

const size = { width: 720, height: 440, left: 90, right: 110, top: 50, bottom: 50 };
/** Between the names of two curves. */
const lineHeight = 15;
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

const text = (value) => String(value).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const numbers = (one, other) => one - other;

/** The powers of ten around values. */
function decades(values) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** From a value to its place between `start` and `end`, where the first and the last mark are; a single one is at the start. */
function scale(marks, start, end) {
  const [first, last] = [Math.log10(marks[0]), Math.log10(marks.at(-1))];
  return (value) => start + ((Math.log10(value) - first) / (last - first || 1)) * (end - start);
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

function drawCurve({ points }, color, x, y) {
  const places = points.map(([sockets, ms]) => [x(sockets).toFixed(1), y(ms).toFixed(1)]);
  return [
    `<path d="M${places.map((place) => place.join(' ')).join('L')}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${color}"/>`),
  ];
}

/** Right of the last points, from the top down, and none over another. */
function drawNames(curves, x, y) {
  const names = curves.map(({ name, points }, index) => {
    const [sockets, ms] = points.at(-1);
    return { name, color: colors[index % colors.length], x: x(sockets) + 10, y: y(ms) + 4 };
  });
  names.sort((one, other) => one.y - other.y);
  let free = 0;
  return names.map(({ name, color, x: left, y: wanted }) => {
    const top = Math.max(wanted, free);
    free = top + lineHeight;
    return `<g fill="${color}">${label(left.toFixed(1), top.toFixed(1), 'start', name)}</g>`;
  });
}

/** `curves`: { name, points: [[sockets, ms], ...] }, each with at least one point, ascending. `caption`: what it was measured on. */
export function plot(title, curves, caption) {
  const points = curves.flatMap((curve) => curve.points);
  const xs = [...new Set(points.map(([sockets]) => sockets))].sort(numbers);
  const ys = decades(points.map(([, ms]) => ms));
  const x = scale(xs, size.left, size.width - size.right);
  const y = scale(ys, size.height - size.bottom, size.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${text(title)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    label(size.left, 20, 'start', title),
    `<g fill="#666" font-size="10">${label(size.left, 36, 'start', caption)}</g>`,
    ...grid(xs, ys, x, y),
    ...curves.flatMap((curve, index) => drawCurve(curve, colors[index % colors.length], x, y)),
    ...drawNames(curves, x, y),
    '</svg>\n',
  ].join('\n');
}
