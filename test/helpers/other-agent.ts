/** The agent of another version: this checkout's, bundled with another protocol number. */

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

export const otherVersion = '9.8.7';

const declaration = /export const protocolNumber = \d+;/;

/** Resolves with the program, in a folder of its own below `folder`. Null: it says no number, as those from before there was one. */
export async function bundleAgent(
  folder: string,
  protocol: number | null,
  root = process.cwd(),
): Promise<string> {
  const own = join(folder, `protocol-${protocol}`);
  mkdirSync(own, { recursive: true });
  copyFileSync(join(root, 'dist', 'sockscope.node'), join(own, 'sockscope.node'));
  const outfile = join(own, 'agent.js');
  await build({
    absWorkingDir: root,
    entryPoints: ['agent/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    define: { SOCKSCOPE_VERSION: JSON.stringify(otherVersion) },
    plugins: [
      {
        name: 'protocol number',
        setup: ({ onLoad }) =>
          onLoad({ filter: /agent\/protocol\/compatibility\.ts$/ }, ({ path }) => {
            const text = readFileSync(path, 'utf8');
            if (!declaration.test(text)) throw new Error(`${path} declares no number`);
            const other = `export const protocolNumber = ${protocol === null ? 'undefined as never' : protocol};`;
            return { contents: text.replace(declaration, other), loader: 'ts' };
          }),
      },
    ],
  });
  return outfile;
}
