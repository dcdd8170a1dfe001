// Whose processes may be signalled, watched and looked into.
#pragma once

#include <sys/types.h>

#include <vector>

#include "law/scope.h"
#include "scans/process_facts.h"
#include "shared/broker_protocol.h"

namespace sockscope {

// Whether the process runs as a uid that the scope covers, or in a user namespace of the served user's, who
// is root there; elsewhere, one that mixes uids is in no scope but `all`.
bool is_covered(const Scope& scope, pid_t pid);
bool is_covered(const Scope& scope, const ProcessFacts& process);

// Throws EPERM where it is not covered. Call it while a descriptor of the process is open.
void require_covered(const Scope& scope, pid_t pid);

// Of a process that is named by pid and start time.
Verdict judge(const Scope& scope, const ProcessTarget& process);

// Those that are covered.
std::vector<uint32_t> within_scope(std::vector<uint32_t> pids, const Scope& scope);

}  // namespace sockscope
