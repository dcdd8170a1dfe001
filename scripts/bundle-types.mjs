/**
 * Puts the types that a module exports, and all types that they use, into one declaration file that imports nothing. Made for
 * the output of tsc: one statement after the other, each at the left edge, with its comment before it.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './lib/run.mjs';

const comment = /\/\*\*[\s\S]*?\*\//g;

/** Without `export`: the file ends with a list of what it exports. */
function toPlain(statement) {
  const plain = statement.replace(/^export /m, '').trimEnd();
  return /^(declare|interface|type) /m.test(plain) ? plain : `declare ${plain}`;
}

/** The declarations of a file by name, and the sources of the names that it imports or re-exports. */
function readModule(file) {
  const text = readFileSync(file, 'utf8');
  const declared = new Map();
  /** Functions are left out: no type uses them, but a member may have the same name. */
  const functions = new Set();
  const statements = text.split(/^(?=\/\*\*|import |export |declare )/m);
  let lead = '';
  for (const statement of statements) {
    const [, name] =
      /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/.exec(
        statement,
      ) ?? [];
    if (name) declared.set(name, [...(declared.get(name) ?? []), toPlain(lead + statement)]);
    if (name && /function \w/.test(statement)) functions.add(name);
    lead = statement.startsWith('/**') ? statement : '';
  }
  const sources = new Map();
  const passed = /^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']*)'/gm;
  for (const [, names, from] of text.matchAll(passed))
    for (const one of names
      .split(',')
      .map((word) => word.trim().replace(/^type /, ''))
      .filter(Boolean)) {
      if (one.includes(' as ')) throw new Failure(`${file} renames ${one}, which these types cannot follow.`);
      sources.set(one, join(dirname(file), from));
    }
  return { declared, functions, sources };
}

class Types {
  #modules = new Map();
  /** By name: the file and the statement of its declaration. */
  bundled = new Map();

  module(file) {
    if (!this.#modules.has(file)) this.#modules.set(file, readModule(file));
    return this.#modules.get(file);
  }

  /** A folder means all of its files, which its index exports. */
  #filesOf(source) {
    if (existsSync(`${source}.d.ts`)) return [`${source}.d.ts`];
    return readdirSync(source)
      .filter((name) => name.endsWith('.d.ts'))
      .map((name) => join(source, name));
  }

  /** Adds the declaration of a name that is used in `file`; other names (of the language, of Node) are ignored. */
  add(name, file) {
    const { declared, sources } = this.module(file);
    const source = sources.get(name);
    const files = declared.has(name) ? [file] : source ? this.#filesOf(source) : [];
    const found = files.find((one) => this.module(one).declared.has(name));
    if (!found) {
      if (source) throw new Failure(`${name}, which ${file} names, is not declared in ${source}.`);
      return;
    }
    const before = this.bundled.get(name);
    if (before?.found === found) return;
    if (before) throw new Failure(`${name} is declared in ${before.found} and in ${found}: rename one.`);
    // A type and a value may have the same name.
    const statement = this.module(found).declared.get(name).join('\n\n');
    this.bundled.set(name, { found, statement });
    for (const [word] of statement.replaceAll(comment, '').matchAll(/\b[A-Za-z_]\w*\b/g))
      if (!this.module(found).functions.has(word)) this.add(word, found);
  }
}

/** `index`: an emitted file that only re-exports names. Returns the text of the declaration file. */
export function bundleTypes(index) {
  const types = new Types();
  const names = [...types.module(index).sources.keys()];
  for (const name of names) types.add(name, index);
  const statements = [...types.bundled.values()].map(({ statement }) => statement);
  return `/// <reference lib="esnext.disposable" />\n\n${statements.join('\n\n')}\n\nexport { ${names.sort().join(', ')} };\n`;
}
