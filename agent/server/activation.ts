/** Socket activation: systemd listens, and starts the agent for the first client (sd_listen_fds(3)). */

import { StartRefused } from '../system/root-folder';

/** Standard input, output and error lie below it. */
const first = 3;

/** The descriptor of the listening socket; null: nobody handed one over. Throws StartRefused. */
export function handedSocket(): number | null {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  if (LISTEN_PID !== String(process.pid)) return null;
  if (LISTEN_FDS === '1') return first;
  throw new StartRefused(`systemd hands over ${LISTEN_FDS} sockets, where the agent has one`);
}
