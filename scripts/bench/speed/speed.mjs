/** The table: every row of rows.mjs in one run. */

import { writeFileSync } from 'node:fs';
import { Stage } from '../../../test/helpers/stage';
import { machine } from '../machine.mjs';
import { note, reportRow, title } from '../report.mjs';
import { exponent } from '../table/growth.mjs';
import { fewerRuns } from '../table/interleave.mjs';
import { results } from '../table/judge.mjs';
import { Measures, placeText } from '../table/measures.mjs';
import { plot } from '../table/plot.mjs';
import { grown, rows, usualLoads } from '../table/rows.mjs';
import { checkCorrectness } from './correctness.mjs';
import { measureCosts, memory } from './costs.mjs';
import { measureDestroy, measureDestroyMany, Victims } from './destroys.mjs';
import { measureLists, startAskedPort } from './lists.mjs';
import { Load } from './load.mjs';
import { beginSession, withAgent } from './session.mjs';
import { measureStarts } from './starts.mjs';

/** Many are destroyed at one load only. */
const loadOfMany = 4000;
/** Characters: it prints each destroyed socket. */
const maxSaid = 1000;
const idleSeconds = { quick: 10, long: 60 };
/** The curves of the plot, and their measurements. */
const curves = { Sockscope: 'list', 'ss -tunap': 'ss -tunap', 'lsof -nPi': 'lsof -nPi' };

const progress = (text) => console.log(`  ... ${text}`);

function keep(measures, place, measured) {
  for (const [name, { ms }] of measured) measures.set(name, place, ms);
  const fewer = fewerRuns(measured);
  if (fewer) note([placeText(place), fewer].filter(Boolean).join(': '));
}

async function measureIdle(session, measures, seconds) {
  for (const [name, value] of Object.entries(await measureCosts(session, seconds)))
    measures.set(name, 'machine', value);
}

async function measureLoad(session, measures, sockets, { load, asked, victims }) {
  await load.grow(sockets);
  keep(measures, sockets, await measureLists(session, asked));
  keep(measures, sockets, await measureDestroy(session, victims));
  if (sockets === loadOfMany) keep(measures, sockets, await measureDestroyMany(session, victims[0]));
  measures.set('memory', sockets, memory(session));
}

function measureGrowth(measures) {
  for (const name of grown) {
    const value = exponent(measures.curve(name));
    if (value !== undefined) measures.set(`growth of ${name}`, 'growth', value);
  }
}

async function measureAll(stage, measures, { loads, quick }) {
  progress('starts, without sockets');
  const session = beginSession(stage);
  keep(measures, 'machine', await measureStarts(session));
  const served = await withAgent(session);
  try {
    await measureServed(served, measures, { loads, quick });
  } catch (error) {
    const said = served.agent.stderr.slice(-maxSaid);
    throw new Error(`${error.message}\nWhat the agent said last: ${said}`, { cause: error });
  }
}

async function measureServed(session, measures, { loads, quick }) {
  progress('an idle agent');
  await measureIdle(session, measures, quick ? idleSeconds.quick : idleSeconds.long);
  const { stage } = session;
  const around = {
    load: await Load.start(stage),
    asked: await startAskedPort(stage),
    victims: await Victims.startSome(stage),
  };
  for (const sockets of loads) {
    progress(`at ${sockets.toLocaleString('en')} sockets`);
    await measureLoad(session, measures, sockets, around);
  }
  const compared = await checkCorrectness(session, around.victims[0]);
  note(
    `${compared.toLocaleString('en')} sockets: the list is ss's, and a destroy took away its target alone`,
  );
  measureGrowth(measures);
}

function drawPlot(measures, file) {
  const drawn = Object.entries(curves)
    .map(([name, of]) => ({ name, points: measures.curve(of) }))
    .filter(({ points }) => points.length > 0);
  writeFileSync(file, plot('Milliseconds to list all sockets with their processes', drawn, machine()));
  note(`time against sockets: ${file}`);
}

/** `loads`: numbers of sockets, ascending; `quick`: without the largest of the usual; `plotFile`: an SVG. */
export async function speed({ quick = false, plotFile, loads } = {}) {
  title('Speed beside ss and others, on loopback in a network namespace; ratio: ours to the other');
  const measures = new Measures();
  const stage = new Stage();
  try {
    const usual = quick ? usualLoads.slice(0, -1) : usualLoads;
    await measureAll(stage, measures, { quick, loads: loads ?? usual });
  } finally {
    await stage.close();
  }
  for (const row of results(rows, measures)) reportRow(row);
  if (plotFile) drawPlot(measures, plotFile);
}
