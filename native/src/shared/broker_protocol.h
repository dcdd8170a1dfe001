// Messages between the agent and its broker, over their socketpair (SOCK_STREAM, host byte order): a
// header, then `length` bytes of payload. One request at a time, but for those that wait (kWaits); the answer
// repeats its type and id. Events come unasked, id 0. The addon exports the offsets to TypeScript
// (layout.cc), so agent/broker-link/broker.ts repeats none of them. What the broker demands of each request:
// broker/requests.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bpf/records.h"

namespace sockscope {

// Payloads: -> of the request, <- of the answer.
enum class MessageType : uint32_t {
  // -> empty  <- BrokerFeatures, then the log as text
  kFeatures = 1,
  // -> empty, or ListRequest, then its ports, namespaces and processes  <- ListReply, then
  // NamespaceRecord[namespaces], then SocketEnd[ends]; the sockets lie in shared memory
  kList = 2,
  // -> ClaimedClient, DestroyRequest, then DestroyTarget[count]  <- DestroyReply[count]
  kDestroy = 3,
  // -> connect_filter  <- empty; then kAttempts events until kUnwatchAttempts, of processes of the scope. A
  // second watch replaces
  // the filter.
  kWatchAttempts = 4,
  // -> empty  <- empty
  kUnwatchAttempts = 5,
  // -> absolute path of a Unix socket  <- empty. The broker unlinks that very file (device, inode) when it
  // ends. Only as the very first request, before the agent has dropped root; else EPERM.
  kOwnSocketFile = 6,
  // -> empty  <- empty; then kChanged events until kUnwatchEvents, and SocketEnds with each list
  kWatchEvents = 7,
  // -> empty  <- empty
  kUnwatchEvents = 8,
  // -> DestroyRequest (engine is ignored), then DestroyTarget[count]  <- DestroyReply[count]: nothing is
  // destroyed; status is DESTROY_KERNEL or DESTROY_HELD (some file holds it), or as for kDestroy
  kInspect = 9,
  // -> DestroyTarget (of any protocol of socket_record)  <- SocketDetail. ENOENT: no such socket; ETIMEDOUT:
  // a process holds its lock; EBUSY: 8 earlier ones still wait; EPROTONOSUPPORT: this kernel's sock_diag does
  // not know the protocol
  kSocketDetail = 10,
  // -> pids as uint32_t[]  <- for each, in order: WorkingDirectory, then its path as /proc shows it, not
  // terminated
  kWorkingDirectories = 11,
  // -> ClaimedClient, BindRequest  <- BindRecord[]: real binds there, undone at once, with the right to bind
  // any port. ENOENT, ESRCH, EPERM: no such namespace, or it cannot be entered, or no process of the scope is
  // in it; EDQUOT: too many of a port that the served user may not bind himself; EINVAL, EPROTONOSUPPORT: no
  // port, address or protocol to bind
  kBindTrials = 12,
  // -> ClaimedClient, SignalRequest  <- empty. ESRCH: it has ended, or the pid is another's by now; EPERM:
  // not
  // within the scope
  kSignal = 13,
  // -> pids as uint32_t[]  <- empty. While attempts are watched: the ends of these processes are reported,
  // and the processes that they fork are watched, too. Those outside the scope are left out.
  kWatchProcesses = 14,
  // -> cookies as uint64_t[]  <- empty. While attempts are watched: events of these sockets are reported,
  // too. Those that no process of the scope holds are left out.
  kFollow = 15,
  // -> ClaimedClient, OutageRequest, then pids as uint32_t[processes], then cookies as uint64_t[cookies]  <-
  // empty. Puts a
  // rule at its index, in place of an earlier one.
  kSetOutage = 16,
  // -> ClaimedClient, index as uint32_t  <- empty
  kClearOutage = 17,
  // -> empty  <- outage_count[OUTAGE_RULES]
  kOutageCounts = 19,
  // -> ClaimedClient, rule_process  <- empty: the rule at that index is for this process, too, if it is for
  // named ones
  kExtendOutage = 20,
  // -> pids as uint32_t[]  <- for each, in order: ProcessFiles, then their texts. For machines whose /proc
  // hides processes (hidepid) from the agent.
  kProcessFiles = 21,
  // -> AuditRequest  <- AuditReply, then lines of the audit log, of the served user alone, the newest last
  kAuditLines = 22,
  // -> DestroyTarget[count]  <- JudgeReply[count]: what the scope says of each. Nothing is done or written
  // down.
  kJudge = 23,
  // -> pids as uint32_t[]  <- Carrier[], in order: which of these processes carry sessions
  kCarriers = 24,
  // -> ProcessTarget[]  <- Verdict[], in order: what the scope says of a signal to each. Nothing is sent or
  // written down.
  kJudgeProcesses = 25,
  // -> DestroyTarget[count], TCP connections  <- TcpTimers[count], in order
  kTcpTimers = 26,
  // -> ClaimedClient, TuneRequest, then DestroyTarget[count], TCP connections  <- DestroyReply[count]: status
  // DESTROY_DONE, with what came of it, or why it was left alone
  kTune = 27,
  // -> empty  <- empty; then kHistory events until kDropHistory, of connections of the scope. Where it is
  // kept already, the answer comes after the events from before the request.
  kKeepHistory = 28,
  // -> empty  <- empty
  kDropHistory = 29,
  // -> ClaimedClient, CaptureRequest, then pids and cookies as of kSetOutage  <- empty. Puts a rule at its
  // index: what it names, and the scope covers, is captured. The first rule begins the capture; packets of an
  // earlier one are gone then.
  kSetCapture = 30,
  // -> ClaimedClient  <- empty. Nothing more is captured; what was can still be taken.
  kEndCapture = 31,
  // -> empty  <- CaptureReply, then the oldest capture_records, each with its bytes; none: all are taken
  kTakePackets = 32,
  // event: attempt_event[]
  kAttempts = 100,
  // event, empty: something changed since the last list began. Not repeated before the next list.
  kChanged = 101,
  // event: attempt_losses since the last one. Events are lost when the agent takes them more slowly than they
  // come.
  kAttemptsLost = 102,
  // event: id of a request as uint32_t. It waits for a walker, and is answered later; the next one may come
  // meanwhile.
  kWaits = 103,
  // event: HistoryHeader, then connection_event[], the oldest first
  kHistory = 104,
  // event, empty: there are packets to take. Not repeated before the next kTakePackets.
  kPackets = 105,
};

struct MessageHeader {
  uint32_t type;
  uint32_t id;
  uint32_t length;   // bytes of payload
  int32_t error;     // answers: 0 or a positive errno; the payload is then the failed step as text
  uint64_t sent_ns;  // requests: CLOCK_MONOTONIC
  uint32_t place;    // lists: where in the shared memory their rows are to lie, below kPlaces
  uint32_t padding;
};

// The agent has so many requests at once without an answer that it has read. The rows of each list stay as
// they are until the next one with the same place; no list has more bytes.
constexpr size_t kPlaces = 8;
constexpr size_t kPlaceBytes = size_t{1} << 32;

// The methods whose requests act, or try to.
enum class ClaimedMethod : uint32_t {
  kDestroy = 1,
  kDestroyNext = 2,
  kDrill = 3,
  kStartOutage = 4,
  kStopOutage = 5,
  kSignal = 6,
  kBind = 7,
  kExplain = 8,
  kTune = 9,
  kDegrade = 10,
  kStartCapture = 11,
  kStopCapture = 12,
};

// Who asks, as the agent says: in front of each request that acts, for the audit log alone.
struct ClaimedClient {
  uint32_t uid;
  uint32_t pid;
  uint32_t method;  // ClaimedMethod
  uint32_t padding;
};

// Time since when: milliseconds of CLOCK_REALTIME since 1970.
struct AuditRequest {
  int64_t since_ms;
};

// Events that were lost since the last ones, because more came than the agent took.
struct HistoryHeader {
  uint64_t lost;
};

struct AuditReply {
  uint32_t complete;  // 0: older lines were left out
  uint32_t padding;
};

// The features that could be loaded when the broker started. The text behind it says why others could not,
// verifier log included.
struct BrokerFeatures {
  uint8_t list;               // iter/task_file
  uint8_t destroy;            // iter/tcp and iter/udp with bpf_sock_destroy
  uint8_t sock_diag_destroy;  // SOCK_DESTROY is compiled in (CONFIG_INET_DIAG_DESTROY)
  uint8_t hooks;              // the programs of attempts.bpf.c load, and a cgroup2 mount was found
  uint8_t btf;                // /sys/kernel/btf/vmlinux is there
  uint8_t events;             // the tracepoints of sockets (events.bpf.c) load and attach
  uint8_t timers;             // iter/task_file with the timers of connections (timers.bpf.c)
  uint8_t tune;               // iter/tcp with bpf_setsockopt and storage of sockets (tune.bpf.c)
  uint8_t history;            // the programs of history.bpf.c load, and a cgroup2 mount was found
  uint8_t capture;            // the programs of capture.bpf.c load, and a cgroup2 mount was found
};

// Selects sockets with one of these ports at either end, the ownerless among them of these namespaces; such a
// list has no SocketEnds. Behind it: ports as uint32_t[ports], 1 to 64, then namespaces as
// uint32_t[namespaces], 0 (all) to 64, then pids as uint32_t[processes]: 0, or 1 to 64: only the sockets that
// these processes hold, no ownerless ones; then of any number of ports, 0: of all.
struct ListRequest {
  uint32_t ports;
  uint32_t namespaces;
  uint32_t processes;
  uint32_t padding;
};

// Sockets lie in the shared memory file from place * kPlaceBytes: socket_record[sockets]. First those with an
// owner, one for each file descriptor (by iter/task_file; without it, by /proc), but at most kMaxRows
// (row_limit.h) for one process and socket. Then the others that sock_diag lists in every namespace that
// could be entered: sockets that have no owner. Of both, as many as RowLimits (scans/row_budget.h) allow.
struct ListReply {
  uint64_t sockets;
  uint32_t owned;  // how many of them have an owner
  uint32_t namespaces;
  uint32_t ends;
  uint32_t lost_events;  // since the previous list: not 0: ends, or parts of them, are missing
  // By the limits: sockets that are missing, and owners of the others; UINT32_MAX: or more.
  uint32_t sockets_left_out;
  uint32_t owners_left_out;
};

// A network namespace of this machine: of a socket, of a process, or below /run/netns.
struct NamespaceRecord {
  uint32_t netns;
  // 0, or the errno of the attempt to enter and read it. ETIMEDOUT: others took the time; EDQUOT: its owner
  // has more than kMaxVisits (namespace_visits.h)
  int32_t error;
};

// How one socket's connection ends, by the events since the previous list. Flags are SocketEndFlag.
struct SocketEnd {
  uint64_t cookie;
  uint32_t netns;
  uint16_t flags;
  uint16_t error;  // the last sk_err, positive; 0: none
};

enum SocketEndFlag : uint16_t {
  kEndHere = 0x1,     // its owner closed first
  kEndPeer = 0x2,     // its peer closed first
  kEndExiting = 0x4,  // closed because the owner was ending
  kEndReset = 0x8,    // the peer's RST arrived
  kEndClosed = 0x10,  // it came to state close
  kEndOurs = 0x20,    // a walker of this broker destroyed it
};

// One socket's numbers, from sock_diag (inet_diag_msg, struct tcp_info). Numbers that an older kernel does
// not know are 0.
struct SocketDetail {
  // Bytes not read yet (UDP: of the kernel's memory for them); of a listener: connections not accepted yet.
  uint32_t receive_queue;
  uint32_t send_queue;  // bytes not acknowledged yet; of a listener: the backlog limit
  uint8_t timer;        // idiag_timer: 0 none, 1 retransmit, 2 keepalive, 3 time-wait, 4 zero window probe
  uint8_t timer_retransmits;
  uint8_t has_tcp;  // a TCP connection: the fields behind timer_expires_ms are filled in
  uint8_t padding[5];
  uint32_t timer_expires_ms;
  uint32_t rtt_us;
  uint32_t rtt_variance_us;
  uint32_t min_rtt_us;         // 0: no sample yet
  uint32_t retransmitting;     // packets out again now
  uint32_t total_retransmits;  // packets, ever
  uint32_t unacked;            // packets
  uint32_t lost;               // packets
  uint32_t congestion_window;  // packets
  uint32_t send_mss;
  uint32_t path_mtu;
  uint32_t last_data_sent_ms;  // ago
  uint32_t last_data_received_ms;
  uint32_t last_ack_received_ms;
  uint64_t bytes_sent;
  uint64_t bytes_acked;
  uint64_t bytes_received;
  uint64_t bytes_retransmitted;
  uint64_t delivery_rate;       // bytes a second
  char congestion_control[16];  // NUL-padded
};

// After how long a TCP connection gives up a peer that does not answer: struct timer_record in milliseconds.
struct TcpTimers {
  uint32_t keepalive_time_ms;
  uint32_t keepalive_interval_ms;
  uint32_t user_timeout_ms;  // 0: none
  uint32_t rto_ms;
  uint32_t rto_max_ms;
  uint32_t rtt_us;   // 0: no sample yet
  uint32_t unacked;  // bytes
  uint32_t send_window;
  uint32_t since_ack_ms;
  uint32_t since_data_ms;
  uint8_t found;  // 0: the owner that the target names holds no such connection; all else is 0
  uint8_t state;
  uint8_t keepalive;
  uint8_t keepalive_probes;
  uint8_t retries;
  uint8_t retransmits;
  uint8_t probes_out;
  uint8_t padding;
};

// The processes and sockets that the rule is for stand behind it.
struct OutageRequest {
  uint32_t index;
  uint32_t processes;
  uint32_t
      cookies;  // sockets whose packets a blackhole swallows from the start; else whose end begins hold_ns
  uint32_t padding;
  outage_rule rule;
};

// What follows is that of an OutageRequest, of a rule with the fault kBlackhole.
struct CaptureRequest {
  uint32_t snap;  // bytes of each packet that are kept, 1 to MAX_PACKET_BYTES; for all rules
  uint32_t padding;
  OutageRequest outage;
};

struct CaptureReply {
  uint64_t lost;  // since the capture began: packets that came faster than they were taken
};

// One bind() that was tried, and for TCP listen().
struct BindRecord {
  uint8_t address[16];  // as in socket_record; `::` takes IPv4 as well
  uint16_t family;      // AF_INET, AF_INET6
  uint8_t reuseaddr;    // with SO_REUSEADDR
  uint8_t padding;
  int32_t error;  // 0: it worked; else the errno
};

struct BindRequest {
  uint32_t netns;
  uint16_t port;
  uint16_t protocol;    // IPPROTO_TCP, IPPROTO_UDP
  uint8_t address[16];  // as in socket_record; ignored for family 0
  uint16_t family;      // AF_INET, AF_INET6; 0: the wildcard and loopback addresses of both
  uint16_t padding;
};

constexpr size_t kProcessFileCount = 5;

struct ProcessFiles {
  int32_t error;                        // as in WorkingDirectory; then all lengths are 0
  uint32_t lengths[kProcessFileCount];  // of stat, status, comm, cmdline, cgroup
};

struct WorkingDirectory {
  uint32_t length;  // of the path behind it
  int32_t error;    // 0; ESRCH: no such process; EPERM: not within the scope; then there is no path
};

struct ProcessTarget {
  uint64_t start_time;  // as in SignalRequest
  uint32_t pid;
  uint32_t padding;
};

struct SignalRequest {
  uint64_t start_time;  // clock ticks since boot, as /proc/PID/stat field 22
  uint32_t pid;
  uint32_t signal;   // SIGTERM, SIGKILL
  uint32_t refused;  // 1: the agent itself refuses; nothing is sent, and the attempt stands in the audit log
  uint32_t padding;
};

enum class DestroyEngine : uint32_t { kAuto = 0, kBpf = 1, kSockDiag = 2 };

struct DestroyRequest {
  uint32_t engine;  // DestroyEngine
  uint32_t count;
  // 1: listeners get SO_REUSEADDR before they are destroyed. Only a BPF walk can: those that it could not
  // answer for are left alone, and kSockDiag is EINVAL.
  uint32_t takes_over;
  // So many targets at the end are not tried: the agent itself refuses them, and they stand in the audit log.
  uint32_t refused;
  // 1: those that are not as the agent saw them are left: DESTROY_STALE. One is, that is still in this state,
  // and that `owner` still holds.
  uint32_t as_seen;
  uint32_t padding;
  // Nanoseconds of CLOCK_MONOTONIC after which none is destroyed any more (ECANCELED: not begun); 0: no such.
  uint64_t until_ns;
};

struct TuneRequest {
  uint32_t count;
  uint32_t refused;  // as in DestroyRequest
  tcp_tuning tuning;
};

struct DestroyTarget {
  uint64_t cookie;
  uint32_t netns;
  uint32_t state;     // at the agent's last scan; decides which engine fits
  uint16_t family;    // AF_INET, AF_INET6; another one in any target is EINVAL for the whole request
  uint16_t protocol;  // IPPROTO_TCP, IPPROTO_UDP; likewise
  uint16_t local_port;
  uint16_t remote_port;
  uint8_t local_address[16];
  uint8_t remote_address[16];
  // A process that holds it, as the agent believes: where the broker looks first; 0: none is known.
  uint32_t owner;
  uint32_t padding;
};

// kChanged: the socket has other addresses or ports; kUnseen: nothing leads to its network namespace, which
// may have ended.
enum class Verdict : uint32_t { kAllowed = 0, kDenied = 1, kGone = 2, kChanged = 3, kUnseen = 4 };

// What a process is to the session of its user. Their sockets are lifeline, and no outage is for them.
enum class Carrier : uint32_t {
  kNone = 0,
  kOwn = 1,      // pid 1, the broker and the agent
  kSession = 2,  // a remote login, a tunnel, a service manager
  kEditor = 3,   // a part of an editor's server
};

struct JudgeReply {
  uint32_t verdict;    // Verdict
  uint32_t watchable;  // 1: its connects, and the ends of its processes, are reported (kWatchAttempts)
};

// What there is of a target after the attempt to destroy it.
enum class Remains : uint32_t {
  kUnknown = 0,  // it was not tried, or its namespace cannot be read any more
  kNothing = 1,  // the connection or listener is gone
  kPort = 2,     // the same, but its process keeps a TCP port that it has bound itself
  kOpen = 3,     // the same socket; of UDP, whatever its remote is now
};

struct DestroyReply {
  uint64_t cookie;
  uint32_t netns;
  uint32_t engine;  // DestroyEngine that gave the answer; kAuto: none was tried
  // enum destroy_status. PENDING without an error: the walk found no such socket; with one: the search
  // failed.
  uint32_t status;
  // 0 or a positive errno. ETIMEDOUT: a process holds the lock of this socket, or of one in the walk's way;
  // given up, and not done later (but SOCK_DESTROY cannot be cancelled, and without iter/task_file a held
  // lock is not detected in advance). EBUSY: an earlier walk still hangs (kSockDiag: 8 of them). With engine
  // kAuto: the namespace cannot be entered.
  int32_t error;
  uint32_t remains;  // Remains
  uint32_t padding;
};

}  // namespace sockscope
