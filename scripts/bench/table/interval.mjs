/** The mean of paired differences, and how far it may be from the true one. */

/** Student's t for 95 %, by degrees of freedom up to 30; more have little less. */
const t95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** { mean, low, high }: the 95 % interval. At least two values. */
export function interval(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = t95[Math.min(values.length - 1, t95.length) - 1] * Math.sqrt(variance / values.length);
  return { mean, low: mean - half, high: mean + half };
}
