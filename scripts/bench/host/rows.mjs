/** The rows of the report about the extension, and what each must reach at every load. */

import { below } from '../table/targets.mjs';

const row = (name, unit, most) => ({
  name,
  unit,
  ours: name,
  ...(most === undefined ? {} : { always: below(most) }),
});

export const rows = [
  row('activation', 'ms', 50),
  row('activation: activate() alone', 'ms', 5),
  row('after the start: folders watched', 'watches', 1),
  row('after the start: processes', 'processes', 0),
  row('after the start: intervals', 'intervals', 0),
  row('after the start: connections to an agent', 'connections', 0),
  row('opening the view', 'ms', 50),
  row('expanding a group', 'ms', 16),
  row('VS Code alone: nothing', 'ms'),
  row('VS Code alone: opening a view', 'ms'),
  row('VS Code alone: expanding a group', 'ms'),
  row('heapUsed above the one before activation', 'MB', 20),
  row('opening the view: to and from the agent', 'kB', 300),
  row('expanding a group: to and from the agent', 'kB'),
  row('a change: to and from the agent', 'kB', 2),
];
