/**
 * Twenty requirements of a local helper that starts as root (each comes from a case that went wrong elsewhere; SECURITY.md has
 * them), and the tests that prove them.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/** By requirement: files, and the titles of tests in them. */
const proofs: Readonly<Record<number, Readonly<Record<string, readonly string[]>>>> = {
  1: { 'agent/connections': ['R1: without that file mode, another uid gets EOF with 0 bytes'] },
  2: {
    'agent/protocol': [
      'R2: every method of the protocol is in the table once, with its access',
      'R2: a read-only agent refuses every method that acts and answers the others',
    ],
  },
  3: { 'agent/lifecycle': ['R3: not a second time for the same user'] },
  4: { 'agent/lifecycle': ['R4: in folders of root, with a socket for its user alone'] },
  5: {
    'agent/lifecycle': [
      'R5: refuses files and folders that another user planted, and leaves them as they were',
    ],
  },
  6: {
    'unit/agent/client/endpoint': [
      "R6: refuses a user's own folder",
      'R6: refuses folders that other users can write',
      'R6: refuses a link in place of the folder',
      "R6: refuses another user's socket, and a file that is no socket",
    ],
  },
  7: { 'agent/privileges': ['R7: one Unix listener, and nothing on the network'] },
  8: {
    'agent/install': [
      'R8: is not started where a file or folder of it, or above it, ',
      'R8: is not started where a byte of any file is another one',
      'R8: is not started with a file that is missing, added, or not in the hash list',
      'R8: is refused by real sudo in the same words',
      'R8: opens no program or module that others than root can change',
    ],
  },
  9: {
    'agent/install': ['R9: no module is loaded from elsewhere, even if sudo passes the environment on'],
    'agent/requirements': ['R9: no module that somebody put where Node looks'],
  },
  10: {
    'agent/privileges': ['R10: a sealed process cannot start a program, and continues to work'],
    'agent/requirements': ['R10: no program, whatever it is asked for'],
  },
  11: {
    'agent/connections': ['R11: broken framing closes the connection, and only that one'],
    'agent/requirements': ['R11, R12: bad frames and bombs of JSON leave the memory as it was'],
  },
  12: {
    'agent/requirements': ['R11, R12: bad frames and bombs of JSON leave the memory as it was'],
    'unit/agent/server/framing': [
      'R12: no more than one message is handed out in a turn, and nothing is read while others wait',
    ],
  },
  13: { 'unit/agent/server/schemas': ['R13: parameters with one wrong part fit no method'] },
  14: {
    'agent/clients': ['R14: a client that asks faster than anybody needs is told so, and others are served'],
    'agent/fairness': ['R14: has its destroy when few of the other destroys are done'],
    'agent/connections': ['R14: the 33rd connection is closed'],
    'agent/requirements': ['R14: a thousand connections that say nothing keep nobody out for long'],
  },
  15: {
    'agent/hang': ['R15: and never reads costs little memory and is dropped, while others are answered'],
  },
  16: { 'agent/twins': ['R16: the tuple of a socket that was closed and opened again'] },
  17: { 'agent/requirements': ['R17: gets no signal that was meant for the earlier one'] },
  18: { 'e2e/story': ['R18: the password is in no command line, and in no file of the editor'] },
  19: {
    'agent/lifecycle': [
      'R19: on request, which is answered',
      'R19: after its idle time without a client, and not while there is one',
      'R19: killed with -9',
    ],
  },
  20: {
    'agent/audit': [
      'R20: only root can read it',
      'R20: has the intent and the outcome, with owner, tuple and what the agent says of the client',
    ],
    'agent/audit-hostile': ['R20: an attempt beyond the scope stands in it'],
    'agent/audit-start': ['R20: with a full disk, nothing is done, and the connection lives'],
    'agent/privileges': [
      'R20: every thread of the agent runs under a uid of its own, without capabilities, and sealed',
      'R20: the broker has one thread, the stated capabilities, and a filter of system calls',
      'R20: the privileges of walkers',
    ],
    'unit/native/privileges': ['R20: SECURITY.md has each row of the table, and each reason'],
  },
};

describe('requirements of a helper that starts as root', () => {
  it('each is proved by a test', () => {
    const numbers = Object.keys(proofs).map(Number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });

  for (const [number, files] of Object.entries(proofs))
    it(`R${number} has its tests`, () => {
      for (const [file, titles] of Object.entries(files)) {
        const path = `test/${file}.test.ts`;
        assert.ok(existsSync(path), path);
        const text = readFileSync(path, 'utf8');
        for (const title of titles) {
          assert.match(title, new RegExp(`^(R\\d+, )*R${number}[:,]`), 'it names its requirement');
          assert.ok(text.includes(title), `${path}: ${title}`);
        }
      }
    });

  it('SECURITY.md has each', () => {
    const text = readFileSync('.github/SECURITY.md', 'utf8');
    const numbers = [...text.matchAll(/^\| R(\d+) \|/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });
});
