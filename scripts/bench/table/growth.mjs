/** The exponent of a curve: the slope of the line that fits it best where both axes are logarithmic. */

/** Undefined for fewer than two points. */
export function exponent(curve) {
  if (curve.length < 2) return undefined;
  const points = curve.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const rise = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return rise / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
