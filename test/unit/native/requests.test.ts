/** The broker's requests and their rules, as declared, enforced and documented. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { constants } from '../../../agent/broker-link/native';

/** Types from here on are events, which the broker sends. */
const firstEvent = 100;

describe('requests of the broker', () => {
  it('each has a rule', () => {
    const protocol = readFileSync('native/src/shared/broker_protocol.h', 'utf8');
    const [types = ''] = /^enum class MessageType [^}]+/m.exec(protocol) ?? [];
    const declared = [...types.matchAll(/^ {2}k(\w)(\w*) = (\d+),/gm)]
      .filter(([, , , number]) => Number(number) < firstEvent)
      .map(([, first = '', rest = '']) => `${first.toLowerCase()}${rest}`);
    assert.ok(declared.length > 10);
    assert.deepEqual(Object.keys(constants.requestRules).sort(), declared.sort());
  });

  it('SECURITY.md names each with its rule', () => {
    const text = readFileSync('.github/SECURITY.md', 'utf8');
    const rows = [...text.matchAll(/^\| (read|scope|undo|start only) \| ([^|]+) \|/gm)];
    const documented = rows.flatMap(([, rule, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, rule]),
    );
    assert.deepEqual(Object.fromEntries(documented), constants.requestRules);
  });
});
