/** What works on a kind of kernel, from what the guest of the smoke wrote. Pure. */

/** The engine that destroyed, or the outcome where none did. */
function engineOf(answer) {
  const result = answer?.json?.results?.[0];
  if (!result) return 'not seen';
  return ['destroyed', 'reset'].includes(result.outcome) ? result.engine : result.outcome;
}

const eventsOf = { closed: 'yes', unknown: 'polling' };

/** @param {any} guest */
export function rowOf(name, guest) {
  const { release, doctor, destroy, ends, udp, timeWait, reason, held } = guest;
  const works = (check) => doctor.json?.checks.find((each) => each.name === check)?.ok === true;
  const isAborted = ends?.victim === 'ECONNABORTED' && ends.bystanderEchoes;
  const tcp = engineOf(destroy);
  // It was done, but nobody could look.
  const isUnchecked = isAborted && destroy?.json?.results?.[0]?.outcome === 'failed';
  return {
    name,
    release,
    tcp: isUnchecked ? 'unchecked' : isAborted || !['bpf', 'sock_diag'].includes(tcp) ? tcp : 'failed',
    udp: engineOf(udp?.destroy),
    timeWait: engineOf(timeWait),
    owners: works('list') ? 'task_file' : '/proc',
    events: eventsOf[reason] ?? 'not seen',
    outages: held?.during === 'EHOSTUNREACH' && held.after === null ? 'yes' : 'no',
  };
}

/** Of tables of such rows (markdown-table.mjs). */
export const columns = {
  name: 'Kernel',
  release: 'Tried with',
  tcp: 'TCP',
  udp: 'UDP',
  timeWait: 'Time-wait',
  owners: 'Owners from',
  events: 'Events',
  outages: 'Next, drill, outage',
};
