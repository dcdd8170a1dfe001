/** Fits the holders of a port into one answer: anybody can have any number of sockets with a port. */

import { jsonSize, sizeOf } from '../inventory/json-size';
import { limits, type PortHolder } from '../protocol';

interface FittedHolders {
  readonly holders: readonly PortHolder[];
  /** Sockets of holders that did not fit at all. */
  readonly socketsLeftOut: number;
}

/** Cuts sockets first; each holder keeps at least one, as long as there is room for holders. Those that come first matter most. */
export function fitHolders(holders: readonly PortHolder[]): FittedHolders {
  const fitted: PortHolder[] = [];
  let bytes = 0;
  let socketsLeftOut = 0;
  for (const holder of holders) {
    if (bytes >= 2 * limits.answer) {
      socketsLeftOut += holder.sockets.length;
      continue;
    }
    bytes += sizeOf({ ...holder, sockets: [] });
    const sockets = holder.sockets.filter((socket, index) => {
      if (index > 0 && bytes >= limits.answer) return false;
      bytes += jsonSize(socket);
      return true;
    });
    fitted.push({ ...holder, sockets, socketsLeftOut: holder.sockets.length - sockets.length });
  }
  return { holders: fitted, socketsLeftOut };
}
