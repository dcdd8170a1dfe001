/** Writes dist/THIRD-PARTY-NOTICES.md: the licences of all code of others in dist/. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dist, manifest } from './lib/paths.mjs';

/** What section 4 of LGPLv3 asks for. */
const relinking = `sockscope.node contains libelf and libeu of elfutils, and their use is covered by the GNU Lesser General Public
License, version 3, which stands below with the GNU General Public License that it extends. You may change them and link
again: all of Sockscope's source and its build are at ${manifest.homepage}, under the tag
v${manifest.version}. Put the address and the SHA-256 of your elfutils into scripts/vendor.lock.json, and run
\`npm run build\`.`;

function section({ name, version, license, source, texts }) {
  const lines = [`## ${name} ${version}`, `Licence: ${license}`, ...(source ? [`Source: ${source}`] : [])];
  const quoted = texts.map((text) => `\`\`\`\`text\n${text.trim()}\n\`\`\`\``);
  return [...lines, ...(quoted.length > 0 ? quoted : ['There is no text in the package.'])].join('\n\n');
}

export function writeNotices(parts) {
  const head = '# Third-party notices\n\nSockscope is under the MIT licence. It contains:';
  const list = parts.map(({ name, version, license }) => `- ${name} ${version} (${license})`).join('\n');
  const text = [head, list, relinking, ...parts.map(section)].join('\n\n');
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.md'), `${text}\n`);
}
