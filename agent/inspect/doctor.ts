/** Checks what works with this kernel and this user, and why something does not. */

import { existsSync, readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import type { BrokerFeatures } from '../broker-link/feature-records';
import { rootPowers } from '../common/capabilities';
import { cutText, unreadTexts } from '../common/namespace-text';
import { programText } from '../common/program-text';
import type { Context } from '../context';
import type { Check, DoctorResult } from '../protocol';
import { type KernelName, knownBugs } from './kernel-bugs';
import { bpfCause, type SystemFacts, sockDiagCause } from './missing-cause';
import { hidingOption } from './proc-options';

export async function examine(context: Context): Promise<DoctorResult> {
  const features = context.features;
  const loads = features?.list ?? false;
  const checks = [
    kernelCheck(),
    btfCheck(loads),
    privilegeCheck(context),
    ...procChecks(context),
    ...programChecks(context),
  ];
  const namespaces = await namespaceCheck(context);
  if (features) checks.push(...brokerChecks(features));
  if (features || !namespaces.ok) checks.push(namespaces);
  return {
    kernel: release(),
    engines: context.engines,
    checks,
    bugs: knownBugs(kernelName()),
    log: features?.log ?? '',
  };
}

function kernelName(): KernelName {
  const file = '/proc/version_signature';
  const signature = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return { release: release(), version: version(), signature };
}

function kernelCheck(): Check {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const ok = major > 6 || (major === 6 && minor >= 5);
  const detail = ok
    ? `Linux ${release()}: bpf_sock_destroy is there since 6.5`
    : `Linux ${release()} is older than 6.5 and most likely has no bpf_sock_destroy: sock_diag destroys instead. Boot 6.5 or newer to have it`;
  return { name: 'kernel', ok, detail };
}

/** From Linux 5.17 on, the kernel fits the programs to itself, without the file. */
function btfCheck(loads: boolean): Check {
  const file = '/sys/kernel/btf/vmlinux';
  if (existsSync(file)) return { name: 'btf', ok: true, detail: `The kernel describes its types (${file})` };
  const detail = loads
    ? `The kernel knows its types, though ${file} is not there`
    : `The kernel has no ${file} (CONFIG_DEBUG_INFO_BTF): BPF programs cannot be fitted to it. Boot one of a distribution that has it`;
  return { name: 'btf', ok: loads, detail };
}

function privilegeCheck({ options }: Context): Check {
  const ok = options.mode !== 'observer';
  const detail = {
    agent: `An agent serves uid ${options.uid}, scope ${options.scope}${options.readOnly ? ', read-only' : ''}`,
    direct: 'No agent runs; root works through a broker of its own for each call',
    observer: `No agent runs: sockets are listed, but only your own processes are named, and nothing is destroyed. ${observerAdvice()}`,
  }[options.mode];
  return { name: 'agent', ok, detail };
}

/** Only where processes are hidden. */
function procChecks({ options }: Context): Check[] {
  const option = hidingOption(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (option === null) return [];
  const seen =
    options.mode === 'observer'
      ? "others' processes are not named without the agent"
      : "the broker reads others' processes, whose commands and folders are shown with --scope all";
  return [
    { name: 'proc', ok: options.mode !== 'observer', detail: `/proc is mounted with ${option}: ${seen}` },
  ];
}

/** How an agent comes to be. What root lacks, and what to do about it, the client says in a finding of its own. */
function observerAdvice(): string {
  return rootPowers().acts
    ? 'Start it: sudo sockscope agent serve'
    : 'None can start here, for the reason below';
}

function programChecks({ options: { files } }: Context): Check[] {
  return files ? [{ name: 'program', ok: files.changeable.length === 0, detail: programText(files) }] : [];
}

function brokerChecks(features: BrokerFeatures): Check[] {
  const { log } = features;
  const system = systemFacts(features);
  return [
    check(
      'list',
      features.list,
      'Owners come from iter/task_file',
      `Owners come from /proc, which is slower and shows no bound sockets, as iter/task_file is not available${bpfCause('list', log, system)}`,
    ),
    check(
      'kfunc',
      features.destroy,
      'The iterator programs with bpf_sock_destroy are loaded',
      `bpf_sock_destroy is not available; sock_diag destroys instead${bpfCause('destroy', log, system)}`,
    ),
    check(
      'sock-diag-destroy',
      features.sockDiagDestroy,
      'SOCK_DESTROY is compiled in',
      `${features.destroy ? 'Time-wait and syn-recv sockets' : 'Sockets'} cannot be destroyed. ${sockDiagCause(log)}`,
    ),
    check(
      'hooks',
      features.hooks,
      'Connects can be watched, and remotes held down (cgroup/connect4 and connect6, cgroup_skb)',
      `The connect hooks cannot be attached, so destroy --next, drill, outage and degrade do not work${bpfCause('hooks', log, system)}`,
    ),
    check(
      'events',
      features.events,
      'The kernel reports socket changes (tp_btf)',
      `Changes are found by polling every two seconds, and why a connection ended is not known, as the tracepoints of sockets cannot be attached${bpfCause('events', log, system)}`,
    ),
    check(
      'timers',
      features.timers,
      'After how long connections give up a dead peer can be read',
      `After how long connections give up a dead peer is not known${bpfCause('timers', log, system)}`,
    ),
    check(
      'tune',
      features.tune,
      'After how long connections give up a dead peer can be set',
      `sockscope tune does not work${bpfCause('tune', log, system)}`,
    ),
    check(
      'history',
      features.history,
      'A history of connections can be kept',
      `sockscope history does not work${bpfCause('history', log, system)}`,
    ),
    check(
      'capture',
      features.capture,
      'Packets of connections can be captured (cgroup_skb)',
      `sockscope capture does not work${bpfCause('capture', log, system)}`,
    ),
  ];
}

function systemFacts({ list, btf }: BrokerFeatures): SystemFacts {
  const file = '/sys/kernel/security/lockdown';
  const modes = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const modules = '/sys/kernel/security/lsm';
  return {
    release: release(),
    hasTypes: btf || list,
    lockdown: /\[(.*)\]/.exec(modes)?.[1] ?? '',
    securityModules: existsSync(modules) ? readFileSync(modules, 'utf8').trim().split(',') : [],
  };
}

/** A broker that does not answer, or a scan that fails, is a finding like others. */
async function namespaceCheck(context: Context): Promise<Check> {
  const found = await context.scanner.scan().catch((error: Error) => error);
  if (found instanceof Error) return { name: 'namespaces', ok: false, detail: found.message };
  const { namespaces, errnos } = found;
  const unread = [...unreadTexts(namespaces), cutText(namespaces) ?? []].flat();
  return check(
    'namespaces',
    unread.length === 0,
    `All ${errnos.size} network namespaces could be read`,
    unread.join('; '),
  );
}

function check(name: string, ok: boolean, yes: string, no: string): Check {
  return { name, ok, detail: ok ? yes : no };
}
