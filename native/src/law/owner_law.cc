#include "law/owner_law.h"

#include "law/process_law.h"

namespace sockscope {

// A container of his may have uids that no /etc/subuid gives him.
bool OwnerLaw::is_own(const socket_record& row) {
  if (scope_.covers(row.owner_uid)) return true;
  auto [known, is_new] = known_.try_emplace({row.pid, row.start_time}, false);
  if (is_new) {
    ProcessFacts process(static_cast<pid_t>(row.pid));
    known->second = is_covered(scope_, process) && process.start_time() == row.start_time;
  }
  return known->second;
}

}  // namespace sockscope
