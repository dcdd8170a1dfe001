import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { version } from '../../../../../agent/common/version';
import { protocolNumber } from '../../../../../agent/protocol';

const folder = join('agent', 'client', 'helpers', 'pytest');
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

describe('the pytest plugin', () => {
  it('speaks the protocol of this version, and has its number', () => {
    const [, protocol] = /^PROTOCOL = (\d+)$/m.exec(read('src', 'pytest_sockscope', 'connection.py')) ?? [];
    const [, own] = /^version = "(.*)"$/m.exec(read('pyproject.toml')) ?? [];
    assert.deepEqual([Number(protocol), own], [protocolNumber, version]);
  });
});
