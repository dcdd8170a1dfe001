/** Verbs of the agent. */

import { serveOptions } from '../../common/serve-arguments';
import { scopes } from '../../protocol/scope';
import { choice, flag, json, valued, verb } from './syntax';

/** As the agent program reads them itself. */
const serving = {
  scope: choice(scopes, serveOptions.scope.default, 'Only sockets of your own, or all'),
  'read-only': flag('Shows, and never acts'),
  'idle-exit': valued('DURATION', serveOptions['idle-exit'].default, 'Ends after so long without a client'),
} as const satisfies Record<keyof typeof serveOptions, unknown>;

const serve = verb({
  name: 'agent serve',
  summary: 'starts the agent, with sudo',
  operands: '',
  options: serving,
  text: 'Starts the agent for the user who calls sudo; it needs root to start. Ctrl-C ends it.',
});

const restart = verb({
  name: 'agent restart',
  summary: 'the same in the place of one that runs',
  operands: '',
  options: serving,
  text: 'Stops the agent that runs, also one of another version, and serves in its place.',
});

const status = verb({
  name: 'agent status',
  summary: 'shows the agent that runs',
  operands: '',
  options: { json },
  text: 'Shows the agent that serves you, the files that it was started from, and the installed copy.',
});

const stop = verb({
  name: 'agent stop',
  summary: 'ends it',
  operands: '',
  options: {},
  text: 'Ends the agent that serves you.',
});

const install = verb({
  name: 'agent install',
  summary: 'makes a copy of Sockscope that only root can change',
  operands: '',
  options: { unit: valued('USER', '', 'systemd starts the agent for this user, without a password') },
  text: `Copies Sockscope to where only root can change what sudo starts, or updates that copy. With --unit, systemd starts the agent for that user from then on without a password, for every program of that user.`,
  exits: { 0: 'installed', 2: 'usage', 3: 'not by root', 13: 'not installed, or without the unit' },
});

const uninstall = verb({
  name: 'agent uninstall',
  summary: 'removes that copy',
  operands: '',
  options: { logs: choice(['keep', 'remove'], '', 'What becomes of the audit log, without a question') },
  text: 'Removes the copy, its agents and units, and on request the audit log.',
});

export const agentVerbs = { serve, restart, status, stop, install, uninstall };

export const agent = verb({
  name: 'agent',
  summary: 'starts, shows, ends and installs the agent',
  operands: '',
  options: {},
  text: 'The agent shows and destroys what needs more rights than yours. It serves one user.',
  verbs: Object.values(agentVerbs),
});
