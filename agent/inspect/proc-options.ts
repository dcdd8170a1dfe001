/** Options of /proc that hide processes, and with them whose a socket is. */

/** As `hidepid=invisible`; null: /proc shows every process. `mounts`: /proc/self/mountinfo, in which the last mount covers the others. */
export function hidingOption(mounts: string): string | null {
  const line = mounts
    .split('\n')
    .filter((each) => each.split(' ')[4] === '/proc')
    .at(-1);
  const options = line?.split(' - ')[1]?.split(' ')[2]?.split(',') ?? [];
  return options.find((option) => /^hidepid=(?!0$|off$)|^subset=pid$/.test(option)) ?? null;
}
