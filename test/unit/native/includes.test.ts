/** The rooms of native/src and the direction of their includes, which the compiler cannot hold. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Edge,
  findCircle,
  forbidden,
  type Layers,
  misplaced,
  stale,
  upward,
} from '../../helpers/layers';

const source = join(process.cwd(), 'native/src');

/** From the bottom to the top: a room may include itself and those named, which stand above it in this list. */
const rooms: Layers = {
  /** Records that the BPF programs share with native/. */
  bpf: [],
  /** Errors, descriptors, processes, netlink, the broker's protocol: for every room, the agent's side included. */
  shared: ['bpf'],
  /** Forked children, each for one job that may block. */
  walker: ['shared'],
  /** BPF objects and sock_diag requests: they list, watch, destroy and cut off sockets in one namespace. */
  engines: ['bpf', 'shared', 'walker'],
  /** Reading the state of the machine: sockets, owners, namespaces, binds. */
  scans: ['bpf', 'shared', 'walker', 'engines'],
  /** Who may act on what: the served user and the scope, fixed when the broker starts. And what carries sessions. */
  law: ['bpf', 'shared', 'engines', 'scans'],
  /** The audit log and the journal: what was done, and what was refused. */
  audit: ['bpf', 'shared', 'law'],
  /** The privileged process: answers the agent's requests. */
  broker: ['shared', 'engines', 'scans', 'law', 'audit'],
  /** The agent's side: joins the rows of a listing, and writes them for clients. Without privileges, and pure. */
  join: ['bpf', 'shared'],
  /** The agent's side: functions that JavaScript calls. It forks the broker, and reaches no engine itself. */
  addon: ['bpf', 'shared', 'scans', 'law', 'broker', 'join'],
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => extname(name));

/** The first folder of a path; a file that lies in none is in no room. */
function roomOf(file: string): string | undefined {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;
}

function includesOf(file: string): Edge[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, to = '']) => ({ from: file, to }));
}

const includes = files.flatMap(includesOf);

/** A header and its source are one: what either includes. */
function unitOf(file: string): string {
  return file.slice(0, -extname(file).length);
}

function unitEdges(): Edge[] {
  return includes
    .map(({ from, to }) => ({ from: unitOf(from), to: unitOf(to) }))
    .filter(({ from, to }) => from !== to);
}

describe('native/src', () => {
  it('the files and their includes are found', () =>
    assert.ok(
      files.length > 50 && includes.length > 100,
      `${files.length} files, ${includes.length} includes`,
    ));

  // bpf/ lies beside native/, so that its row has its file is said here.
  it('every file is in a room of the table, and every room has files', () =>
    assert.deepEqual(misplaced([...files, 'bpf/records.h'], rooms, roomOf), []));

  it('rooms allow only rooms above them in the table', () => assert.deepEqual(upward(rooms), []));

  it('includes follow the table', () => assert.deepEqual(forbidden(includes, rooms, roomOf), []));

  it('the table allows nothing that no file needs', () =>
    assert.deepEqual(stale(includes, rooms, roomOf), []));

  it('of bpf/, only the records are included', () =>
    assert.deepEqual(
      includes.filter(({ to }) => to.startsWith('bpf/') && to !== 'bpf/records.h'),
      [],
    ));

  // In a network namespace of his own a user is root, and the broker must not be where he decides.
  it('only walkers enter a network namespace', () => {
    const enters = files.filter((file) =>
      /\b(setns|enter_namespace)\(/.test(readFileSync(join(source, file), 'utf8')),
    );
    assert.deepEqual(enters.sort(), [
      'scans/namespace_scan.cc',
      'shared/net_namespace.cc',
      'shared/net_namespace.h',
      'walker/walker.cc',
    ]);
  });

  it('no files include each other in a circle', () =>
    assert.equal(findCircle(unitEdges())?.join(' -> '), undefined));
});
