/** Next steps of the command line as offers of the editor. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NextStep } from '../../../../agent/client/ports/free-types';
import { isPlainFree, nextOffer } from '../../../../extension/ports/next-text';
import { english } from '../../../helpers/sockets';

const port = { port: 3000, protocol: 'tcp', netns: null } as const;
const offer = (command: string, more: Partial<NextStep> = {}) =>
  nextOffer(english, port, { command, why: 'it helps', ...more });

describe('a next step in the editor', () => {
  it('frees the port itself, also at one address, or with the sessions that it carries', () => {
    const plain = offer('sockscope free 3000', {
      free: { addresses: [], includeInheritors: false, includeSessions: false },
    });
    assert.deepEqual([plain.title, isPlainFree(plain, port)], ['Free 3000', true]);
    const wildcard = offer('sockscope free 0.0.0.0:3000', {
      free: { addresses: ['0.0.0.0'], includeInheritors: false, includeSessions: false },
    });
    assert.deepEqual([wildcard.title, isPlainFree(wildcard, port)], ['Free 0.0.0.0:3000', false]);
    const sessions = offer('sockscope free 3000 --include-sessions', {
      free: { addresses: [], includeInheritors: false, includeSessions: true },
    });
    assert.deepEqual(
      [sessions.title, isPlainFree(sessions, port)],
      ['Free 3000, With the Sessions That Its Holder Carries', false],
    );
  });

  it('starts the agent, or opens the setting of its scope', () => {
    assert.equal(offer('sudo sockscope agent serve').act.kind, 'agent');
    assert.equal(offer('sudo sockscope agent serve --scope all').act.kind, 'scope');
    assert.equal(offer('sudo sockscope agent restart --scope all').act.kind, 'scope');
  });

  it('runs any other command in a terminal, and shows it whole', () => {
    const command = 'sudo sysctl -w net.ipv4.ip_local_reserved_ports=3000';
    const { act, title } = offer(command);
    assert.deepEqual([act, title], [{ kind: 'run', command }, `Run in Terminal: ${command}`]);
  });

  it('escapes names', () =>
    assert.doesNotMatch(offer('x', { why: 'a\u001b[2J\u202e' }).why, /[\p{Cc}\p{Cf}]/u));
});
