/** Verbs about ports. */

import { signals } from '../../protocol/choices';
import { choice, flag, json, valued, verb, yes } from './syntax';

/** Of every verb about one port. */
const portOptions = {
  udp: flag('The UDP port of this number'),
  net: valued('NAME', '', 'A network namespace: a name of ip netns, a container, an inode'),
} as const;

const withAddress = '127.0.0.1:3000, [::1]:3000, localhost:3000';

export const why = verb({
  name: 'why',
  summary: 'says who or what holds a port',
  operands: '[ADDRESS:]PORT',
  options: { ...portOptions, json },
  text: `Names who or what holds a port, tries real binds, and says what to run next. With an address (${withAddress}) it is about binds to that alone.`,
});

export const wait = verb({
  name: 'wait',
  summary: 'waits until a server listens, or a port is free',
  operands: '[ADDRESS:]PORT | FILTER...',
  options: {
    listening: flag('Until a server listens: on the port, or that matches'),
    free: flag('Until the port is free, proved by a bind'),
    timeout: valued('DURATION', '30s', 'How long it waits'),
    ...portOptions,
    json,
  },
  text: 'Waits until a server listens on the port, or a TCP server that matches the filter listens anywhere; or until the port is free. At the end of its time it says who has the port.',
  exits: {
    0: 'it listens, or it is free',
    1: 'not in time, or failed',
    2: 'usage',
    3: '--net needs an agent that does not run',
  },
  json: 'awaited (listening or free), port and addresses or filter, met, waitedMs, message; socket (as of list) of a server; needsReuseaddr of a free port; next (command, why)',
});

export const nextPort = verb({
  name: 'next-port',
  summary: 'prints the first free port from one on',
  operands: 'PORT',
  options: {
    for: valued('NAME', '', 'Reserves it for a folder, such as a worktree, or for any name'),
    json,
  },
  text: 'Prints the first port from this one on that can be bound, as dev servers bind: over IPv4 and IPv6, to all addresses and to localhost. With --for, the same name gets the same port again while that is free, and nobody else gets it from next-port; that ends a day after it was last asked for, or when the folder is gone.',
  exits: { 0: 'printed', 1: 'none is free, or it cannot be reserved', 2: 'usage' },
  json: 'port, from; for (the name, or the path of the folder) and until, or null',
});

export const preflight = verb({
  name: 'preflight',
  summary: 'says who has the ports that the files of a project name',
  operands: '[FOLDER...]',
  options: { json },
  text: 'Reads the ports in compose files, .env, package.json scripts, .vscode/launch.json and tasks.json, and vite.config and the like, and says which can be bound now, and who has the others. Ports that clients connect to, as in DATABASE_URL, are shown, and are not to be free.',
  exits: {
    0: 'all free that servers need',
    1: 'some busy, or failed',
    2: 'usage',
    4: 'no file names a port',
  },
  json: 'folders; ports (port, server, places with file, line and server, free, holder, processes as of why, next with command and why); busy (ports that servers need); unread (file, why)',
});

export const free = verb({
  name: 'free',
  summary: 'frees a port by the mildest act, proved by a bind',
  operands: '[ADDRESS:]PORT',
  options: {
    ...portOptions,
    yes,
    signal: choice(signals, 'TERM', 'What a server gets'),
    grace: valued('DURATION', '3s', 'How long it has to end'),
    'take-over': flag('Destroys the listening socket; its process lives on, deaf'),
    'include-inheritors': flag('Ends what only inherited the socket from its server, too'),
    'include-sessions': flag('Ends what carries the sessions of others, too: an ssh master, tmux'),
    json,
  },
  text: `Does the mildest thing that frees the port, and proves that by a bind: a server gets SIGTERM, or what would start it again is stopped; what is left of connections is destroyed. With an address (${withAddress}) nothing at another one ends; without one, a server is left alone that only binds to 0.0.0.0 or :: meet. An ssh master closes just the forward where it can.`,
  exits: {
    0: 'free, or free already',
    1: 'still busy, or not wanted',
    2: 'usage',
    3: 'no agent, or denied for all',
  },
});
