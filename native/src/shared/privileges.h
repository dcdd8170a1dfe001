// What each process may do, and why. This table is the only place that says so: it is applied from here, and
// SECURITY.md and the statuses of running processes are compared with it.
#pragma once

#include <sys/resource.h>

#include <vector>

#include "shared/process.h"
#include "shared/seccomp.h"

namespace sockscope {

enum class Process {
  kObserver,
  kAgent,
  kBroker,
  // Walkers, by their work:
  kWalk,
  kSockDiag,
  kQuery,
  kVisit,
  kBindTrial,
  kNamespaceOpening,
};

struct KeptCapability {
  int number;
  const char* name;
  const char* use;
  // Where the kernel has no iter/task_file.
  bool only_without_lister = false;
};

struct Limit {
  __rlimit_resource_t resource;
  const char* name;  // as in /proc/PID/limits, behind "Max"
  rlim_t value;
  const char* reason;
};

struct Privileges {
  Process process;
  const char* name;
  const char* uid;  // of the gid, too
  // All others are dropped, in every set.
  std::vector<KeptCapability> capabilities;
  CallFilter calls;
  const char* calls_in_words;
  // Others are as the process was started with.
  std::vector<Limit> limits;
};

const std::vector<Privileges>& all_privileges();
const Privileges& privileges_of(Process process);

// `has_lister`: of the engines, iter/task_file is there.
Capabilities capabilities_of(Process process, bool has_lister = true);

// A hard limit that may not be raised is used up to its end.
void set_limits(Process process);

}  // namespace sockscope
