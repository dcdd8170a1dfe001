/** Which agents there are, by their sockets. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { agentSocketPath, isAnyAgentThere } from '../../../../agent/common/agent-socket';

it('an agent is there where any user has a socket', () => {
  const base = mkdtempSync(join(tmpdir(), 'sockscope-run-'));
  try {
    const path = agentSocketPath(1000, base);
    assert.equal(isAnyAgentThere(join(base, 'none')), false);
    mkdirSync(dirname(path));
    assert.equal(isAnyAgentThere(base), false);
    writeFileSync(path, '');
    assert.equal(isAnyAgentThere(base), true);
  } finally {
    rmSync(base, { recursive: true });
  }
});
