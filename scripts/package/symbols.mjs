/** What an addon asks of the system that loads it, read from its symbols. */

import { newestSymbols } from './targets.mjs';

/**
 * Names, with their versions, of what others have to provide. Rows of readelf: number, value, size, type, binding, visibility,
 * section, name. Weak ones may be missing.
 */
export function neededSymbols(rows) {
  return rows
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , binding, , section, name]) => section === 'UND' && name && binding !== 'WEAK')
    .map((columns) => columns[7]);
}

/** From "GLIBC_2.28", as [library, version]. */
const versionOf = (symbol) => /@{1,2}([A-Z]+)_([\d.]+)$/.exec(symbol)?.slice(1);

const compareVersions = (one, other) => one.localeCompare(other, 'en', { numeric: true });

/** By library: the newest version that any of these symbols has. */
export function newestVersions(symbols) {
  const newest = {};
  for (const [library, version] of symbols.map(versionOf).filter(Boolean))
    if (!newest[library] || compareVersions(version, newest[library]) > 0) newest[library] = version;
  return newest;
}

/** Those that such a system or Node.js may not have, which would be found out only when the addon is loaded. */
export function missingSymbols(symbols) {
  return symbols.filter((symbol) => {
    const [library, version] = versionOf(symbol) ?? [];
    if (!library) return !symbol.startsWith('napi_');
    return !(library in newestSymbols) || compareVersions(version, newestSymbols[library]) > 0;
  });
}
