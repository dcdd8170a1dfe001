/** What works on a kind of kernel, and what is said of what does not. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowOf } from '../../scripts/suites/kernel-table.mjs';
import { readGuest } from '../helpers/smoke-guest';

interface Expected {
  readonly tcp: string;
  readonly udp: string;
  readonly timeWait: string;
  readonly owners: string;
  readonly events: string;
  readonly outages: string;
  /** What is said of each part that is missing, by its check. */
  readonly missing: Readonly<Record<string, RegExp>>;
}

const whole: Expected = {
  tcp: 'bpf',
  udp: 'bpf',
  timeWait: 'sock_diag',
  owners: 'task_file',
  events: 'yes',
  outages: 'yes',
  missing: {},
};
const kfunc = /came with Linux 6\.5\. Boot that/;
const beforeKfunc = { ...whole, tcp: 'sock_diag', udp: 'sock_diag', missing: { kfunc } };
const noTypes = /without BTF .*\. Boot one/;
const lockedDown = /lockdown=confidentiality forbids .*\. Boot with/;
const noCgroup = /no cgroup2 is mounted\. Mount it/;
const noSockDestroy = /CONFIG_INET_DIAG_DESTROY\)\. Boot one/;

const kinds: Readonly<Record<string, Expected>> = {
  'Linux 5.10': {
    ...beforeKfunc,
    timeWait: 'unsupported',
    owners: '/proc',
    events: 'polling',
    outages: 'no',
    missing: {
      kfunc,
      list: /too old/,
      hooks: /too old/,
      events: /too old/,
      timers: /too old/,
      tune: /too old/,
      history: /too old/,
      capture: /too old/,
    },
  },
  'Linux 6.1': beforeKfunc,
  'Linux 6.12': whole,
  'newest Linux': whole,
  '6.12 with lockdown=integrity': whole,
  '6.12 with lockdown=confidentiality': {
    ...whole,
    outages: 'no',
    missing: { hooks: lockedDown, history: lockedDown, capture: lockedDown },
  },
  '5.10 without BTF': {
    ...beforeKfunc,
    timeWait: 'unsupported',
    owners: '/proc',
    events: 'polling',
    outages: 'no',
    missing: {
      kfunc: noTypes,
      list: noTypes,
      hooks: noTypes,
      events: noTypes,
      timers: noTypes,
      tune: noTypes,
      history: noTypes,
      capture: noTypes,
    },
  },
  '6.12 without /sys/kernel/btf': whole,
  '6.12 without sock_diag': {
    ...whole,
    // Its process has closed it by the time of the check, and nothing else lists it.
    tcp: 'unchecked',
    timeWait: 'not seen',
    missing: { 'sock-diag-destroy': /no sock_diag for TCP\. .*\bmodprobe/ },
  },
  '6.12 without SOCK_DESTROY': {
    ...whole,
    timeWait: 'unsupported',
    missing: { 'sock-diag-destroy': noSockDestroy },
  },
  '6.1 without SOCK_DESTROY': {
    ...whole,
    tcp: 'unsupported',
    udp: 'unsupported',
    timeWait: 'unsupported',
    missing: { kfunc, 'sock-diag-destroy': noSockDestroy },
  },
  '6.12 without cgroup2': {
    ...whole,
    outages: 'no',
    missing: { hooks: noCgroup, history: noCgroup, capture: noCgroup },
  },
};

/** Checks of the kernel; the others are of the machine's users and files. */
const ofKernel = [
  'list',
  'kfunc',
  'sock-diag-destroy',
  'hooks',
  'events',
  'timers',
  'tune',
  'history',
  'capture',
];

const name = process.env.SOCKSCOPE_GUEST ?? '';
const guest = readGuest();

describe(name, () => {
  const expected = kinds[name];
  assert.ok(expected, `${name} is no kind of kernel`);

  it('ran to its end', () => assert.equal(guest.error, undefined));

  it('does what it can', () => {
    const { missing, ...can } = expected;
    assert.deepEqual(rowOf(name, guest), { name, release: guest.release, ...can });
  });

  it('doctor has one sentence of cause and one of what to do for each part that is missing', () => {
    const checks = guest.doctor.json?.checks ?? [];
    const missing = checks.filter(({ name: check, ok }) => ofKernel.includes(check) && !ok);
    assert.deepEqual(missing.map((check) => check.name).sort(), Object.keys(expected.missing).sort());
    for (const { name: check, detail } of missing)
      assert.match(detail, expected.missing[check] ?? /never/, check);
  });

  it('doctor is a page', () => {
    const { stdout, stderr } = guest.texts.doctor;
    assert.equal(stderr, '');
    assert.ok(stdout.split('\n').length <= 31, stdout);
  });

  it('a plain user lists what there is, or reads why not', () => {
    const { exitCode, stdout, stderr } = guest.texts.plainList;
    assert.equal(exitCode, 0, stderr);
    if (expected.timeWait === 'not seen') assert.match(stderr, /no sock_diag .*\bmodprobe/);
    else assert.match(stdout, /established/);
  });

  it('what cannot be destroyed is left alone, and the answer says what to do', () => {
    for (const answer of [guest.destroy, guest.timeWait, guest.udp.destroy])
      for (const { outcome, message } of answer?.json?.results ?? [])
        if (outcome === 'unsupported') assert.match(message, /run \S.* doctor|use --engine/);
    if (expected.tcp === 'unsupported') assert.equal(guest.ends.victim, null);
    assert.deepEqual([guest.ends.bystanderEchoes, guest.ends.listening], [true, true]);
  });
});
