/** The direction of imports, which the compiler cannot hold: native <- agent -> protocol <- extension. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { describe, test } from 'node:test';

const root = process.cwd();

interface Import {
  readonly file: string;
  /** A package's name, or a path from the top of the checkout. */
  readonly from: string;
}

function importsOf(folder: string): Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map((found) => {
        const from = found[1] ?? found[2] ?? '';
        return { file, from: from.startsWith('.') ? normalize(join(dirname(file), from)) : from };
      });
    });
}

function offenders(folder: string, allowed: (one: Import) => boolean): string[] {
  return importsOf(folder)
    .filter((one) => !allowed(one))
    .map(({ file, from }) => `${file} imports ${from}`);
}

describe('imports go one way', () => {
  test('the checkout is where the tests run', () => assert.ok(importsOf('agent').length > 50, resolve(root)));

  test('the protocol is a leaf', () =>
    assert.deepEqual(
      offenders(
        'agent/protocol',
        ({ from }) => from === 'vscode-jsonrpc' || from.startsWith('agent/protocol'),
      ),
      [],
    ));

  test('the agent knows neither VS Code nor the extension', () =>
    assert.deepEqual(
      offenders('agent', ({ from }) => from !== 'vscode' && !from.startsWith('extension')),
      [],
    ));

  test('only agent/broker-link/native.ts knows the addon', () =>
    assert.deepEqual(
      offenders(
        'agent',
        ({ file, from }) => file === 'agent/broker-link/native.ts' || !from.startsWith('native'),
      ),
      [],
    ));

  test('the extension imports the protocol and the client, and nothing else of the agent', () =>
    assert.deepEqual(
      offenders(
        'extension',
        ({ from }) =>
          !from.startsWith('native') &&
          (!from.startsWith('agent') || from.startsWith('agent/protocol') || from.startsWith('agent/client')),
      ),
      [],
    ));
});
