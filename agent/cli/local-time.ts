/** `2026-11-29 00:31:02`, in the reader's time zone. `time`: ISO 8601. */
export function localTime(time: string): string {
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}

/** `2026-11-29 00:31:02.123`, likewise. */
export function momentText(time: string): string {
  return `${localTime(time)}.${String(new Date(time).getMilliseconds()).padStart(3, '0')}`;
}
