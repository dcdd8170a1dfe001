import { missingProc } from '../common/missing-proc';
import { StartExit } from '../common/start-exit';
import { StartRefused } from './root-folder';

/** Throws StartRefused, with what to do, where /proc does not show this process. */
export function requireProc(): void {
  const missing = missingProc();
  if (missing !== null) throw new StartRefused(missing, StartExit.noProc);
}
