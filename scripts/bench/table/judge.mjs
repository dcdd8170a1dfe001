/** Turns measurements into the rows of the report. */

import { placeText } from './measures.mjs';

const round = (value) => (value === undefined ? null : Number(value.toPrecision(4)));

/** Null where there is no target or nothing to compare with. */
function judge(target, ours, known) {
  const most = target?.most(known);
  return most === undefined || Number.isNaN(most) ? null : ours <= most;
}

function resultAt(row, place, measures) {
  const ours = measures.value(row.ours, place);
  if (ours === undefined) return [];
  const other = row.other && measures.value(row.other, place);
  if (row.other && other === undefined && !row.at) return [];
  const floor = row.floor && measures.value(row.floor, place);
  const decoded = row.decodes ? Number(place) : 0;
  const target = row.at?.[place] ?? row.always;
  return [
    {
      name: [row.name, placeText(place)].filter(Boolean).join(', '),
      unit: row.unit ?? 'ms',
      ours: round(ours),
      other: round(other),
      ratio: other === undefined ? null : round(ours / other),
      target: target?.text(row) ?? null,
      met: judge(target, ours, { other: other ?? Number.NaN, floor, decoded }),
    },
  ];
}

/** Every row, at every place where it was measured. */
export function results(rows, measures) {
  return rows.flatMap((row) => measures.places().flatMap((place) => resultAt(row, place, measures)));
}
