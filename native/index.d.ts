/**
 * The addon: system calls that Node has no API for. Linux only; N-API 8, so one build loads in Node 20, 22, 24 and
 * Electron.
 *
 * Failures are errors with `code` (errno name), `errno` and `syscall`. Promises are settled off the JavaScript thread.
 */

export interface NativeError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

export interface BrokerHandle {
  readonly pid: number;
  /** Our end of the socketpair, a stream that speaks broker_protocol.h. The caller owns it. */
  readonly control: number;
  /** The memory file that answers to `list` lie in. The caller owns it. */
  readonly memory: number;
}

/**
 * Forks the broker, which loads the BPF objects, keeps the capabilities it needs and never returns to JavaScript.
 * It serves `uid`, in the scope `all` or else `mine`, and allows nothing beyond, whatever it is sent. Call it first, as root:
 * the process must not have much to inherit yet. Throws where fork itself fails; what the kernel refuses later is reported by
 * the broker's features. Unless `watches` (the default), it watches no connects and no changes, holds nothing down, and starts in half
 * the time. `listsAll`: the caller will ask for all sockets first, which the broker reads meanwhile.
 */
export function forkBroker(
  uid: number,
  scopeAll: boolean,
  watches?: boolean,
  listsAll?: boolean,
): BrokerHandle;

/**
 * Ignores SIGUSR1, on which Node opens its debugger on 127.0.0.1:9229 for every user of the machine. Call it as root, before
 * another user may signal this process.
 */
export function ignoreDebuggerSignal(): void;

/**
 * Replaces this process by the same program, `executable`, with the same arguments and environment, for which io_uring_setup
 * fails with ENOSYS. Descriptors up to `lastKept` stay open. Does not return.
 */
export function restartWithoutIoUring(executable: string, lastKept: number): never;

/** Descriptors of a shell's standard input and output. The caller owns them. */
export interface HeldShell {
  readonly input: number;
  readonly output: number;
}

/**
 * Starts /bin/sh with a script and its arguments, as the caller, in a fraction of the time that Node takes. Its standard error goes
 * nowhere. Nobody waits for its end.
 */
export function holdShell(script: string, words: readonly string[]): HeldShell;

/**
 * Gives up everything that Node itself cannot: no_new_privs, a seccomp filter for all threads (no execve, no bpf, no
 * ptrace, no namespaces, no mounts, no new sockets or listeners), and not dumpable. Call it after process.setuid. There is no
 * way back.
 */
export function sealProcess(): void;

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** A pidfd of the peer, owned by the caller; -1 where the kernel is older than 6.5. */
  readonly pidfd: number;
}

/** The process that connected a Unix socket (SO_PEERCRED, SO_PEERPIDFD), as the kernel recorded it at connect(). */
export function peerCredentials(fd: number): PeerCredentials;

/** Whether a socket is still bound to this file, in whatever network namespace; a listener of streams notices nothing. */
export function isBound(path: string): boolean;

/** Takes an exclusive flock without waiting; false: another process holds it. Released when `fd` is closed. */
export function lockFile(fd: number): boolean;

/** The ids of users and groups that the threads of this machine have, as far as /proc shows them to the caller: uint32[], each once. */
export function threadIds(): Promise<Buffer>;

/**
 * Every TCP, UDP, UDP-Lite, MPTCP and RAW socket of the caller's network namespace, as far as its kernel has sock_diag for
 * them, as socket_record[]; needs no privileges. `leftOut`: sockets beyond the budgets of a list (scans/row_budget.h). `errno`:
 * EPROTONOSUPPORT where it has none for TCP or UDP, else 0.
 */
export function dumpSockets(): Promise<{
  readonly rows: Buffer;
  readonly leftOut: number;
  readonly errno: number;
}>;

/**
 * Every socket file descriptor below /proc that the caller may see (some only, where a process holds one socket by very
 * many), as socket_record[] with only pid, fd, inode, name, start_time and owner_uid filled in; needs no privileges.
 */
export function dumpOwners(): Promise<Buffer>;

/**
 * Numbers of one socket (SocketDetail of broker_protocol.h) of the caller's network namespace, by sock_diag; needs no
 * privileges. `target` is a destroy_target. Errors: ENOENT, no such socket; EPROTONOSUPPORT, the kernel's sock_diag does not
 * know the protocol. The kernel waits for the socket's lock, so the answer may never come.
 */
export function socketDetail(target: Buffer): Promise<Buffer>;

/**
 * Real binds of a bind_request in the caller's network namespace, undone at once, as bind_record[]: for TCP with listen(), and
 * both without and with SO_REUSEADDR.
 */
export function tryBinds(request: Buffer): Promise<Buffer>;

/**
 * Signals one process through a pidfd, by this process's own rights. `startTime`: clock ticks since boot (field 22 of
 * /proc/PID/stat); `signal`: SIGTERM or SIGKILL. Throws ESRCH, it has ended or the pid is another's by now; EPERM.
 */
export function signalProcess(pid: number, startTime: bigint, signal: number): void;

/** Throws where signalProcess would; sends nothing. */
export function checkSignal(pid: number, startTime: bigint): void;

/**
 * Which of these processes carry sessions, as far as the caller may see: one number of `constants.carrier` for each, as uint32.
 * `uid`: whose programs count, besides root's.
 */
export function sessionCarriers(pids: Uint32Array, uid: number): Promise<Buffer>;

/** The join of a listing (native/src/join). Sockets, programs and accept queues are numbered; 2 ** 32 - 1 in place of a number: none. */
export interface SocketJoin {
  /** Number of sockets. */
  readonly size: number;
  /** The first row of each program. */
  programs(): Uint32Array;
  /** The program of each row. */
  programsOfRows(): Uint32Array;
  /** Sockets in a file of which no process is visible that holds it. */
  hidden(): Uint32Array;
  /**
   * Finds containers and lifeline. By program: whether it carries a session, the number of its container, bytes of its process in
   * JSON. `kernels`: sockets that the kernel itself holds; `own`: the network namespace that is in no container. Throws RangeError
   * where they are not of this listing.
   */
  describe(
    carriesSession: Uint32Array,
    containers: Uint32Array,
    sizes: Uint32Array,
    kernels: Uint32Array,
    own: number,
    seesEveryOwner: boolean,
  ): void;
  /** Pairs: a network namespace, and the number of its container. */
  containers(): Uint32Array;
  /** joined_socket[], as of the last `describe`. */
  sockets(): Uint32Array;
  /** Rows of the owners of all sockets. */
  owners(): Uint32Array;
  /** Of each accept queue: rows of the owners of its listeners, one for each process, up to 64. */
  queues(): Uint32Array[];
  /** Null: no socket has this cookie. */
  find(cookie: bigint): number | null;
  /**
   * A list of these sockets, or (null) of all that are not closed, for the methods below; without paths of MPTCP sockets among them.
   * `inOrder`: of people (native/src/join/listed.h). All throw RangeError where the numbers are not of this listing.
   */
  list(sockets: Uint32Array | null, inOrder: boolean): Uint32Array;
  /** Numbers of the containers of a list, each once. */
  containersOfList(listed: Uint32Array): Uint32Array;
  /** Owners of its sockets that have no row. */
  ownersLeftOutOfList(listed: Uint32Array): number;
  /** Rows of a list from `start`: at most so many, at least one, until they have about so many bytes of JSON. */
  page(listed: Uint32Array, start: number, maxRows: number, maxBytes: number): SocketPage;
  /** JSON of the rows of a list from `start`, with commas in between: at least one, until it has so many bytes. */
  json(listed: Uint32Array, start: number, maxBytes: number, texts: RowTexts): JsonRows;
}

export interface JsonRows {
  /** The row behind the last one. */
  readonly end: number;
  readonly text: Buffer;
}

/** What JavaScript knows of rows, as JSON; asked once for each that repeats. */
export interface RowTexts {
  kind(protocol: number, state: number, hasPort: number, isMptcpPath: number): KindTexts;
  /** `bytes`: of IPv4, the first four. */
  address(family: number, bytes: Buffer): string;
  /** The members of an owner that its program has, with so many characters of its command line (2 ** 32 - 1: all). */
  program(program: number, command: number): string;
  container(container: number): string;
}

export interface KindTexts {
  readonly protocol: string;
  readonly state: string;
  readonly unsupportedReason: string;
}

/** PackedSockets of agent/protocol, but for what JavaScript knows. */
export interface SocketPage {
  /** The row behind the last one. */
  readonly end: number;
  /** JSON. */
  readonly columns: Buffer;
  /** Pairs: a program, and how many characters of its command line are left. */
  readonly processes: Uint32Array;
  /** page_address[]. */
  readonly addresses: Buffer;
  /** Numbers of containers. */
  readonly containers: Uint32Array;
}

/**
 * Joins the rows of one listing: whole socket_record[], aligned to 8 bytes, which must not change as long as the join lives. `before`:
 * the previous listing; null: there is none. `compares`: finds which sockets are the same as before.
 */
export function joinRows(rows: Buffer, before: SocketJoin | null, compares: boolean): Promise<SocketJoin>;

/** Size of a struct, and the offset of each of its fields, in bytes. */
export interface StructLayout<Field extends string> {
  readonly size: number;
  readonly offsets: Readonly<Record<Field, number>>;
}

/** The structs of bpf/records.h and native/src/shared/broker_protocol.h, so that TypeScript need not repeat them. */
export interface Layout {
  readonly socket_record: StructLayout<
    | 'cookie'
    | 'inode'
    | 'start_time'
    | 'netns'
    | 'pid'
    | 'fd'
    | 'uid'
    | 'owner_uid'
    | 'family'
    | 'protocol'
    | 'local_port'
    | 'remote_port'
    | 'local_address'
    | 'remote_address'
    | 'state'
    | 'flags'
    | 'owners_left_out'
    | 'name'
    | 'snd_nxt'
    | 'rcv_nxt'
  >;
  readonly joined_socket: StructLayout<
    'row' | 'owners_begin' | 'owners_count' | 'peer' | 'queue' | 'whole' | 'same_as' | 'container' | 'flags'
  >;
  readonly page_address: StructLayout<'bytes' | 'family'>;
  readonly connect_filter: StructLayout<
    'netns' | 'protocol' | 'remote_port' | 'reports' | 'follows' | 'watched'
  >;
  readonly attempt_event: StructLayout<
    | 'at_ns'
    | 'cookie'
    | 'netns'
    | 'pid'
    | 'parent'
    | 'uid'
    | 'error'
    | 'family'
    | 'protocol'
    | 'remote_port'
    | 'kind'
    | 'old_state'
    | 'new_state'
    | 'remote_address'
    | 'name'
  >;
  readonly attempt_losses: StructLayout<'refusals' | 'others' | 'first_ns' | 'last_ns'>;
  readonly history_header: StructLayout<'lost'>;
  readonly connection_event: StructLayout<
    | 'cookie'
    | 'at_ns'
    | 'began_ns'
    | 'opened_ns'
    | 'sent'
    | 'received'
    | 'start_time'
    | 'netns'
    | 'pid'
    | 'uid'
    | 'parent'
    | 'error'
    | 'family'
    | 'local_port'
    | 'remote_port'
    | 'kind'
    | 'flags'
    | 'local_address'
    | 'remote_address'
    | 'name'
  >;
  readonly outage_rule: StructLayout<
    | 'expires_ns'
    | 'hold_ns'
    | 'netns'
    | 'uid'
    | 'protocol'
    | 'remote_port'
    | 'fault'
    | 'has_uid'
    | 'subuids'
    | 'has_address'
    | 'has_processes'
    | 'remote_address'
    | 'loss'
    | 'seed'
    | 'rate'
    | 'direction'
    | 'living_only'
  >;
  readonly uid_range: StructLayout<'first' | 'count'>;
  readonly outage_request: StructLayout<'index' | 'processes' | 'cookies' | 'rule'>;
  readonly capture_request: StructLayout<'snap' | 'outage'>;
  readonly capture_reply: StructLayout<'lost'>;
  readonly capture_record: StructLayout<'at_ns' | 'cookie' | 'length' | 'captured' | 'pid' | 'kind' | 'name'>;
  readonly packet_count: StructLayout<'seen' | 'dropped' | 'bytes'>;
  readonly outage_count: StructLayout<'connects' | 'sockets' | 'in' | 'out'>;
  readonly message_header: StructLayout<'type' | 'id' | 'length' | 'error' | 'sent_ns' | 'place'>;
  readonly broker_features: StructLayout<
    | 'list'
    | 'destroy'
    | 'sock_diag_destroy'
    | 'hooks'
    | 'btf'
    | 'events'
    | 'timers'
    | 'tune'
    | 'history'
    | 'capture'
  >;
  readonly list_request: StructLayout<'ports' | 'namespaces' | 'processes'>;
  readonly list_reply: StructLayout<
    'sockets' | 'owned' | 'namespaces' | 'ends' | 'lost_events' | 'sockets_left_out' | 'owners_left_out'
  >;
  readonly namespace_record: StructLayout<'netns' | 'error'>;
  readonly socket_end: StructLayout<'cookie' | 'netns' | 'flags' | 'error'>;
  readonly socket_detail: StructLayout<
    | 'receive_queue'
    | 'send_queue'
    | 'timer'
    | 'timer_retransmits'
    | 'has_tcp'
    | 'timer_expires_ms'
    | 'rtt_us'
    | 'rtt_variance_us'
    | 'min_rtt_us'
    | 'retransmitting'
    | 'total_retransmits'
    | 'unacked'
    | 'lost'
    | 'congestion_window'
    | 'send_mss'
    | 'path_mtu'
    | 'last_data_sent_ms'
    | 'last_data_received_ms'
    | 'last_ack_received_ms'
    | 'bytes_sent'
    | 'bytes_acked'
    | 'bytes_received'
    | 'bytes_retransmitted'
    | 'delivery_rate'
    | 'congestion_control'
  >;
  readonly tcp_timers: StructLayout<
    | 'keepalive_time_ms'
    | 'keepalive_interval_ms'
    | 'user_timeout_ms'
    | 'rto_ms'
    | 'rto_max_ms'
    | 'rtt_us'
    | 'unacked'
    | 'send_window'
    | 'since_ack_ms'
    | 'since_data_ms'
    | 'found'
    | 'state'
    | 'keepalive'
    | 'keepalive_probes'
    | 'retries'
    | 'retransmits'
    | 'probes_out'
  >;
  readonly destroy_request: StructLayout<
    'engine' | 'count' | 'takes_over' | 'refused' | 'as_seen' | 'until_ns'
  >;
  readonly tune_request: StructLayout<'count' | 'refused' | 'tuning'>;
  readonly tcp_tuning: StructLayout<
    | 'settings'
    | 'keepalive'
    | 'keepalive_idle_s'
    | 'keepalive_interval_s'
    | 'keepalive_probes'
    | 'user_timeout_ms'
  >;
  readonly destroy_target: StructLayout<
    | 'cookie'
    | 'netns'
    | 'state'
    | 'family'
    | 'protocol'
    | 'local_port'
    | 'remote_port'
    | 'local_address'
    | 'remote_address'
    | 'owner'
  >;
  readonly judge_reply: StructLayout<'verdict' | 'watchable'>;
  readonly destroy_reply: StructLayout<'cookie' | 'netns' | 'engine' | 'status' | 'error' | 'remains'>;
  readonly bind_record: StructLayout<'address' | 'family' | 'reuseaddr' | 'error'>;
  readonly bind_request: StructLayout<'netns' | 'port' | 'protocol' | 'address' | 'family'>;
  readonly process_target: StructLayout<'start_time' | 'pid'>;
  readonly signal_request: StructLayout<'start_time' | 'pid' | 'signal' | 'refused'>;
  readonly process_files: StructLayout<'error' | 'lengths'>;
  readonly working_directory: StructLayout<'length' | 'error'>;
  readonly claimed_client: StructLayout<'uid' | 'pid' | 'method'>;
  readonly audit_request: StructLayout<'since_ms'>;
  readonly audit_reply: StructLayout<'complete'>;
}
export const layout: Layout;

export type RequestName =
  | 'features'
  | 'list'
  | 'inspect'
  | 'judge'
  | 'judgeProcesses'
  | 'carriers'
  | 'socketDetail'
  | 'tcpTimers'
  | 'outageCounts'
  | 'watchEvents'
  | 'unwatchEvents'
  | 'destroy'
  | 'tune'
  | 'signal'
  | 'bindTrials'
  | 'workingDirectories'
  | 'processFiles'
  | 'watchAttempts'
  | 'watchProcesses'
  | 'follow'
  | 'unwatchAttempts'
  | 'setOutage'
  | 'extendOutage'
  | 'clearOutage'
  | 'setCapture'
  | 'takePackets'
  | 'endCapture'
  | 'auditLines'
  | 'keepHistory'
  | 'dropHistory'
  | 'ownSocketFile';

export type RequestRule = 'read' | 'scope' | 'undo' | 'start only';

/** What one process may do (shared/privileges.h), and why. */
export interface ProcessPrivileges {
  readonly process: string;
  readonly uid: string;
  readonly capabilities: readonly {
    readonly name: string;
    /** CAP_* of the kernel. */
    readonly number: number;
    readonly use: string;
    /** Kept only where the kernel has no iter/task_file. */
    readonly onlyWithoutLister: boolean;
  }[];
  /** The system calls that are left, in words. */
  readonly calls: string;
  readonly limits: readonly {
    /** As in /proc/PID/limits, behind "Max". */
    readonly name: string;
    /** null: unlimited. */
    readonly value: number | null;
    readonly reason: string;
  }[];
}

/** Values of the enums in the same headers. */
export interface Constants {
  readonly message: Readonly<
    Record<RequestName | 'attempts' | 'attemptsLost' | 'changed' | 'waits' | 'history' | 'packets', number>
  >;
  /** Parts of the shared memory, each for the rows of a list. */
  readonly places: Readonly<Record<'count' | 'bytes', number>>;
  /** What the broker demands of each request (broker/requests.h). */
  readonly requestRules: Readonly<Record<RequestName, RequestRule>>;
  readonly privileges: readonly ProcessPrivileges[];
  readonly engine: Readonly<Record<'auto' | 'bpf' | 'sock_diag', number>>;
  readonly destroyStatus: Readonly<
    Record<
      | 'pending'
      | 'done'
      | 'changed'
      | 'kernel'
      | 'minisock'
      | 'backlog'
      | 'noKfunc'
      | 'held'
      | 'denied'
      | 'left'
      | 'stale',
      number
    >
  >;
  /** Flags of the settings that a request is about. */
  readonly tuning: Readonly<Record<'keepalive' | 'keepaliveTimes' | 'userTimeout' | 'restore', number>>;
  /** What there is of a target after the attempt to destroy it. */
  readonly remains: Readonly<Record<'unknown' | 'nothing' | 'port' | 'open', number>>;
  /** What the scope says of a socket. */
  readonly verdict: Readonly<Record<'allowed' | 'denied' | 'gone' | 'changed' | 'unseen', number>>;
  /** What a process is to the session of its user. */
  readonly carrier: Readonly<Record<'none' | 'own' | 'session' | 'editor', number>>;
  /** The methods of clients whose requests act, for the audit log. */
  readonly claimedMethod: Readonly<Record<string, number>>;
  readonly flag: Readonly<Record<'orphan' | 'locked' | 'mptcp' | 'autobound' | 'portBound', number>>;
  readonly joinedFlag: Readonly<Record<'lifeline' | 'kernel', number>>;
  readonly endFlag: Readonly<Record<'here' | 'peer' | 'exiting' | 'reset' | 'closed' | 'ours', number>>;
  readonly attemptKind: Readonly<
    Record<'connect' | 'state' | 'error' | 'reset' | 'bytes' | 'exit' | 'fork', number>
  >;
  readonly connectionKind: Readonly<Record<'opened' | 'failed' | 'ended', number>>;
  readonly connectionFlag: Readonly<Record<'out' | 'in' | 'here' | 'peer' | 'exiting' | 'unsent', number>>;
  readonly fault: Readonly<Record<'refused' | 'unreachable' | 'denied' | 'blackhole', number>>;
  readonly direction: Readonly<Record<'both' | 'in' | 'out', number>>;
  readonly captureKind: Readonly<Record<'in' | 'out' | 'connect', number>>;
  /** Of a packet that is captured. */
  readonly maxPacketBytes: number;
  /** Of so many packets, `loss` of a rule are dropped. */
  readonly allParts: number;
  /** Names below /proc/PID, in the order of process_files.lengths. */
  readonly processFiles: readonly string[];
  /** The uid of processes that mix uids. */
  readonly noUid: number;
  /** Outages at the same time. */
  readonly outageRules: number;
  /** Of the subordinate uids of a rule. */
  readonly maxUidRanges: number;
  /** The value of socket_record.protocol for RAW sockets. */
  readonly rawProtocol: number;
}
export const constants: Constants;
