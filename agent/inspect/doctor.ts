/** Checks what works with this kernel and this user, and why something does not. */

import { existsSync, readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import { unreadTexts } from '../common/namespace-text';
import { programText } from '../common/program-text';
import type { Context } from '../context';
import type { Check, DoctorResult } from '../protocol';
import { type KernelName, knownBugs } from './kernel-bugs';
import { reasonText } from './load-log';

export async function examine(context: Context): Promise<DoctorResult> {
  const features = context.features;
  const checks = [kernelCheck(), btfCheck(), privilegeCheck(context), ...programChecks(context)];
  if (features) checks.push(...brokerChecks(features), await namespaceCheck(context));
  return { kernel: release(), engines: context.engines, checks, bugs: knownBugs(kernelName()) };
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
    : `Linux ${release()} is older than 6.5 and most likely has no bpf_sock_destroy: sock_diag destroys instead`;
  return { name: 'kernel', ok, detail };
}

function btfCheck(): Check {
  const ok = existsSync('/sys/kernel/btf/vmlinux');
  const detail = ok
    ? 'The kernel describes its types (/sys/kernel/btf/vmlinux)'
    : 'The kernel has no /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF): BPF programs cannot be fitted to it';
  return { name: 'btf', ok, detail };
}

function privilegeCheck({ options }: Context): Check {
  const ok = options.mode !== 'observer';
  const detail = {
    agent: `An agent serves uid ${options.uid}, scope ${options.scope}${options.readOnly ? ', read-only' : ''}`,
    direct: 'No agent runs; root works through a broker of its own for each call',
    observer:
      'No agent runs: sockets are listed, but only your own processes are named. Start it with sudo sockscope agent serve',
  }[options.mode];
  return { name: 'agent', ok, detail };
}

function programChecks({ options: { files } }: Context): Check[] {
  return files ? [{ name: 'program', ok: files.changeable.length === 0, detail: programText(files) }] : [];
}

function brokerChecks(features: NonNullable<Context['features']>): Check[] {
  const { log } = features;
  return [
    check(
      'list',
      features.list,
      'Owners come from iter/task_file',
      `iter/task_file could not be loaded${reasonText(log, 'list')}`,
    ),
    check(
      'kfunc',
      features.destroy,
      'The iterator programs with bpf_sock_destroy are loaded',
      `bpf_sock_destroy is not available; sock_diag destroys instead${reasonText(log, 'destroy')}`,
    ),
    check(
      'sock-diag-destroy',
      features.sockDiagDestroy,
      'SOCK_DESTROY is compiled in',
      `The kernel has no SOCK_DESTROY (CONFIG_INET_DIAG_DESTROY), so time-wait and syn-recv sockets stay${reasonText(log, 'sock_diag_destroy')}`,
    ),
    check(
      'hooks',
      features.hooks,
      'Connects can be watched, and remotes held down (cgroup/connect4 and connect6, cgroup_skb)',
      `The connect hooks cannot be attached, so destroy --next, drill and outage do not work${hooksText(log)}`,
    ),
    check(
      'events',
      features.events,
      'The kernel reports socket changes (tp_btf)',
      `The tracepoints of sockets cannot be attached: changes are found by polling every two seconds, and why a connection ended is not known${reasonText(log, 'events')}`,
    ),
  ];
}

/** Without cgroup2, what it lacks can be mounted, and is found at the next start. */
function hooksText(log: string): string {
  const why = reasonText(log, 'hooks');
  return why.includes('cgroup2 mount')
    ? `${why}. Mount it (sudo mount --mkdir -t cgroup2 none /sys/fs/cgroup/unified), then start the agent again`
    : why;
}

/** A broker that does not answer, or a scan that fails, is a finding like others. */
async function namespaceCheck(context: Context): Promise<Check> {
  const found = await context.scanner.scan().catch((error: Error) => error);
  if (found instanceof Error) return { name: 'namespaces', ok: false, detail: found.message };
  const { namespaces } = found;
  const unread = unreadTexts(namespaces);
  return check(
    'namespaces',
    unread.length === 0,
    `All ${namespaces.length} network namespaces could be read`,
    unread.join('; '),
  );
}

function check(name: string, ok: boolean, yes: string, no: string): Check {
  return { name, ok, detail: ok ? yes : no };
}
