/** What a degrade measured, beside what was asked for. */

import { count } from '../common/process-text';
import {
  type DegradeParams,
  type DegradeResult,
  type Direction,
  directions,
  type Measured,
  rateText,
} from '../protocol';
import { printLine, printTable } from './output';

export function printMeasured({ how, direction }: DegradeParams, result: DegradeResult): void {
  if (how.kind === 'rate') printRates(direction, how.bytesPerSecond, result);
  else printLosses(direction, how.kind === 'loss' ? how.percent : 100, result);
}

function printLosses(direction: Direction, asked: number, { measured }: DegradeResult): void {
  const shown = direction === 'both' ? directions : [direction];
  printTable(
    ['DIRECTION', 'PACKETS', 'DROPPED', 'MEASURED', 'ASKED'],
    shown.map((each) => lossRow(each, measured[each], asked)),
  );
}

function lossRow(direction: Direction, { seen, dropped, percent }: Measured, asked: number): string[] {
  return [direction, String(seen), String(dropped), percent === null ? '-' : `${percent}%`, `${asked}%`];
}

/** Each direction has the rate for itself, so there is none of both. */
function printRates(direction: Direction, asked: number, { measured, sockets }: DegradeResult): void {
  const shown = direction === 'both' ? (['in', 'out'] as const) : [direction];
  const row = (each: Direction) => {
    const { seen, dropped, bytes, bytesPerSecond } = measured[each];
    return [each, String(seen), String(dropped), String(bytes), rateText(bytesPerSecond), rateText(asked)];
  };
  printTable(['DIRECTION', 'PACKETS', 'HELD BACK', 'BYTES', 'MEASURED', 'ASKED'], shown.map(row));
  if (sockets !== null && sockets > 1)
    printLine(`Of ${count(sockets, 'connection')}, each of which may have ${rateText(asked)}`);
  if (measured[direction].dropped === 0) printLine('Nothing was held back');
}
