#include "shared/privileges.h"

#include <linux/capability.h>

#include <algorithm>

#include "shared/call_filters.h"

namespace sockscope {

namespace {

// As many namespaces, pidfds and netlink sockets at once as a request of many targets needs.
constexpr rlim_t kFiles = 65536;

const CallFilter kAllCalls = {CallFilter::kRefuse, {}};

#define KEPT(name) CAP_##name, #name

// What the user may do anyway: sock_diag, /proc, binds, and signals to processes of his own.
Privileges observer() {
  return {Process::kObserver, "observer", "the user's", {}, kAllCalls, "as the user", {}};
}

// Advises. It is entered, if at all, by a user who may send it requests, so it has nothing to give.
Privileges agent() {
  return {Process::kAgent,
          "agent",
          "of its own",
          {},
          calls_of_agent(),
          "all but exec, ptrace, io_uring, keys, mounts, modules, namespaces, clocks, keys pressed in "
          "terminals; sockets, listeners, BPF, "
          "others' descriptors",
          {{RLIMIT_CORE, "core file size", 0, "what it knows of others' processes would lie in a file"}}};
}

// Once BPF is loaded: to run and attach loaded programs, and to update maps, it needs descriptors only.
std::vector<KeptCapability> capabilities_of_broker() {
  return {
      {KEPT(KILL), "signals to processes of others than root, within the scope"},
      {KEPT(NET_ADMIN), "SOCK_DESTROY; SIOCGSKNS for a namespace that no process is in"},
      {KEPT(NET_BIND_SERVICE), "a trial bind to a privileged port"},
      {KEPT(SYS_ADMIN), "setns, by walkers alone: the broker stays where it is; connect hooks"},
      {KEPT(SYS_PTRACE), "/proc/PID/ns/net and pidfd_getfd, to find these namespaces; /proc/PID/cwd"},
      // Closed even to root without it.
      {KEPT(DAC_READ_SEARCH), "/proc/PID/fd of other users' processes", true},
  };
}

std::vector<Limit> limits_of_broker() {
  return {
      {RLIMIT_FSIZE, "file size", RLIM_INFINITY, "a line of the audit log would be cut"},
      {RLIMIT_CPU, "cpu time", RLIM_INFINITY, "the kernel would end it in the middle of an act"},
      {RLIMIT_AS, "address space", RLIM_INFINITY, "a scan of many sockets would fail"},
      {RLIMIT_DATA, "data size", RLIM_INFINITY, "likewise"},
      {RLIMIT_MEMLOCK, "locked memory", RLIM_INFINITY, "BPF maps, before Linux 5.11"},
      {RLIMIT_NPROC, "processes", RLIM_INFINITY, "no walker could be forked"},
      {RLIMIT_NOFILE, "open files", kFiles, "no namespace could be opened"},
      {RLIMIT_CORE, "core file size", 0, "memory of root's would lie in a file"},
  };
}

// The law: what the scope allows, and nothing else.
Privileges broker() {
  return {Process::kBroker,
          "broker",
          "root",
          capabilities_of_broker(),
          calls_of_broker(),
          "all but exec, ptrace, io_uring, keys, mounts, modules, new namespaces, clocks, keys pressed in "
          "terminals; of BPF, only what "
          "runs loaded objects",
          limits_of_broker()};
}

// What hangs in the kernel, or is done in a namespace of somebody else's, is root's without root's files.
Privileges walker(Process process, const char* name, std::vector<KeptCapability> capabilities,
                  const CallFilter& calls, const char* calls_in_words) {
  return {process, name, "root", std::move(capabilities), calls, calls_in_words, limits_of_broker()};
}

std::vector<Privileges> make_table() {
  return {
      observer(),
      agent(),
      broker(),
      walker(Process::kWalk, "walker: walk", {}, calls_of_walk(), "only memory and a BPF iterator"),
      walker(Process::kSockDiag, "walker: sock_diag", {{KEPT(NET_ADMIN), "SOCK_DESTROY"}},
             calls_of_sock_diag(), "only memory and netlink sockets"),
      walker(Process::kQuery, "walker: query", {}, calls_of_query(), "only memory and netlink sockets"),
      walker(Process::kVisit, "walker: visit", {{KEPT(SYS_ADMIN), "setns, until it is in all namespaces"}},
             calls_of_visit(), "only memory, namespaces and netlink sockets; then as a query"),
      walker(Process::kBindTrial, "walker: bind trial", {{KEPT(NET_BIND_SERVICE), "a privileged port"}},
             calls_of_bind_trial(), "only memory and IP sockets that bind and listen"),
      walker(Process::kNamespaceOpening, "walker: namespace",
             {{KEPT(NET_ADMIN), "SIOCGSKNS"}, {KEPT(SYS_PTRACE), "pidfd_getfd"}},
             calls_of_namespace_opening(), "only memory and a descriptor of another process"),
  };
}

#undef KEPT

void set_limit(const Limit& limit) {
  rlimit wanted = {limit.value, limit.value}, now;
  if (setrlimit(limit.resource, &wanted) == 0 || getrlimit(limit.resource, &now) != 0) return;
  now.rlim_cur = now.rlim_max;
  setrlimit(limit.resource, &now);
}

}  // namespace

const std::vector<Privileges>& all_privileges() {
  static const std::vector<Privileges> table = make_table();
  return table;
}

const Privileges& privileges_of(Process process) { return all_privileges()[static_cast<size_t>(process)]; }

Capabilities capabilities_of(Process process, bool has_lister) {
  Capabilities kept = 0;
  for (const KeptCapability& each : privileges_of(process).capabilities)
    if (!each.only_without_lister || !has_lister) kept |= capability(each.number);
  return kept;
}

void set_limits(Process process) {
  for (const Limit& limit : privileges_of(process).limits) set_limit(limit);
}

}  // namespace sockscope
