import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { version } from '../../../../../agent/common/version';
import { protocolNumber } from '../../../../../agent/protocol';

const read = (...path: string[]) => readFileSync(join('agent', 'client', 'helpers', ...path), 'utf8');

describe('the helpers in other languages', () => {
  it('speak the protocol of this version', () => {
    const python = /^PROTOCOL = (\d+)$/m.exec(read('pytest', 'src', 'pytest_sockscope', 'connection.py'));
    const go = /^const protocol = (\d+)$/m.exec(read('go', 'connection.go'));
    assert.deepEqual([Number(python?.[1]), Number(go?.[1])], [protocolNumber, protocolNumber]);
  });

  it('have its number, where they have one', () => {
    const [, python] = /^version = "(.*)"$/m.exec(read('pytest', 'pyproject.toml')) ?? [];
    assert.equal(python, version);
  });
});
