#include "law/process_law.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "scans/namespace_account.h"
#include "shared/error.h"
#include "shared/signal_process.h"

namespace sockscope {

bool is_covered(const Scope& scope, pid_t pid) { return is_covered(scope, ProcessFacts(pid)); }

bool is_covered(const Scope& scope, const ProcessFacts& process) {
  if (scope.all() || scope.covers(process.uid())) return true;
  uint32_t account = process.user_namespace_account();
  return account != 0 && account != kUnknownAccount && scope.covers(account);
}

void require_covered(const Scope& scope, pid_t pid) {
  if (!is_covered(scope, pid)) throw SystemError("reach another user's process", EPERM);
}

Verdict judge(const Scope& scope, const ProcessTarget& process) {
  auto pid = static_cast<pid_t>(process.pid);
  try {
    check_signal(pid, process.start_time, [&] { require_covered(scope, pid); });
    return Verdict::kAllowed;
  } catch (const SystemError& error) {
    if (error.code() == ESRCH) return Verdict::kGone;
    if (error.code() == EPERM) return Verdict::kDenied;
    throw;
  }
}

std::vector<uint32_t> within_scope(std::vector<uint32_t> pids, const Scope& scope) {
  auto is_foreign = [&scope](uint32_t pid) { return !is_covered(scope, static_cast<pid_t>(pid)); };
  pids.erase(std::remove_if(pids.begin(), pids.end(), is_foreign), pids.end());
  return pids;
}

}  // namespace sockscope
