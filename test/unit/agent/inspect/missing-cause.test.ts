/** One sentence of cause and one of what to do, for whatever a kernel or a container lacks. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Part } from '../../../../agent/inspect/load-log';
import { bpfCause, type SystemFacts, sockDiagCause } from '../../../../agent/inspect/missing-cause';

const debian13: SystemFacts = {
  release: '6.12.117+deb13-cloud-amd64',
  hasTypes: true,
  lockdown: '',
  securityModules: [],
};

describe('a part of BPF', () => {
  const failed = (part: Part) =>
    `${part}: bpf_object__load: Invalid argument\nlibbpf: prog: failed to load\n`;
  const cases: readonly [string, Part, string, Partial<SystemFacts>, RegExp][] = [
    [
      'a container',
      'list',
      'list: load BPF without CAP_BPF and CAP_PERFMON: Operation not permitted\n',
      {},
      /no CAP_BPF and CAP_PERFMON here.*\. Give it both, or start the agent on the host$/,
    ],
    [
      'no cgroup2',
      'hooks',
      'hooks: find a cgroup2 mount: No such file or directory\n',
      {},
      /no cgroup2 is mounted\. Mount it \(sudo mount /,
    ],
    ['no BTF', 'list', failed('list'), { hasTypes: false }, /without BTF .*\. Boot one of a distribution/],
    ['no kfunc', 'destroy', failed('destroy'), { release: '6.1.0-50-amd64' }, /came with Linux 6\.5\. Boot/],
    [
      'lockdown',
      'events',
      failed('events'),
      { lockdown: 'confidentiality' },
      /lockdown=confidentiality forbids .*\. Boot with lockdown=integrity/,
    ],
    [
      'an old kernel',
      'events',
      failed('events'),
      { release: '5.10.0-32' },
      /5\.10\.0-32 is too old .*\. Boot/,
    ],
    [
      'a seccomp filter, or a security module',
      'list',
      'list: bpf_object__load: Operation not permitted\n',
      { securityModules: ['capability', 'yama', 'selinux'] },
      /is refused, .* a seccomp filter, .* or the security module selinux\. Allow it there/,
    ],
    [
      'a verifier that refuses a program',
      'hooks',
      'list: bpf_object__load: Operation not permitted\nhooks: bpf_object__load: Permission denied\nlibbpf: -- BEGIN PROG LOAD LOG --\n',
      {},
      /the verifier of Linux 6\.12\.117\S* refuses it\. Report that/,
    ],
    [
      'a refusal beside such a verifier',
      'list',
      'list: bpf_object__load: Operation not permitted\nhooks: bpf_object__load: Permission denied\nlibbpf: -- BEGIN PROG LOAD LOG --\n',
      {},
      /is refused, .* a seccomp filter/,
    ],
    [
      'anything else',
      'events',
      failed('events'),
      { lockdown: 'integrity' },
      /bpf_object__load: Invalid argument\. What the kernel said: sockscope doctor --log$/,
    ],
  ];
  for (const [name, part, log, facts, expected] of cases)
    it(name, () => {
      const text = bpfCause(part, log, { ...debian13, ...facts });
      assert.match(text, expected);
      assert.match(text, /^: [^\n]+$/);
    });
});

describe('SOCK_DESTROY', () => {
  const cases: readonly [string, string, RegExp][] = [
    [
      'no module',
      'Protocol not supported',
      /no sock_diag for TCP\. .* \(sudo modprobe -a tcp_diag udp_diag\)$/,
    ],
    ['not compiled in', 'Operation not supported', /CONFIG_INET_DIAG_DESTROY\)\. Boot/],
    ['a container', 'Operation not permitted', /no CAP_NET_ADMIN here.*\. Give it that/],
    ['anything else', 'Cannot allocate memory', /cannot be used: SOCK_DESTROY: Cannot allocate memory/],
  ];
  for (const [name, error, expected] of cases)
    it(name, () => assert.match(sockDiagCause(`sock_diag_destroy: SOCK_DESTROY: ${error}\n`), expected));
});
