/** All holders, in the order of the table. */

import { container } from './container';
import type { Holder } from './holder';
import * as leftovers from './leftovers';
import * as listeners from './listeners';
import { servers } from './servers';

export const holders: readonly Holder[] = [
  ...servers,
  listeners.stubborn,
  listeners.stubbornKilled,
  listeners.strangers,
  listeners.elsewhere,
  listeners.elsewhereNamed,
  container,
  leftovers.timeWait,
  leftovers.orphan,
  leftovers.listenerGone,
  listeners.forgottenBind,
  listeners.dualStack,
  listeners.reuseport,
  listeners.udp,
  leftovers.client,
  leftovers.free,
];
