#include "law/process_law.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "shared/error.h"

namespace sockscope {

namespace {

// Of no process: that of one that mixes uids, or cannot be read.
constexpr uint32_t kNobodys = UINT32_MAX;

// Real, effective, saved and file system uid, where all are the same.
uint32_t single_uid(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    if (name != "Uid:") continue;
    std::vector<uint32_t> uids{std::istream_iterator<uint32_t>(fields), {}};
    bool is_single = uids.size() == 4 && std::count(uids.begin(), uids.end(), uids[0]) == 4;
    return is_single ? uids[0] : kNobodys;
  }
  return kNobodys;
}

}  // namespace

bool is_covered(const Scope& scope, pid_t pid) { return scope.all() || scope.covers(single_uid(pid)); }

void require_covered(const Scope& scope, pid_t pid) {
  if (!is_covered(scope, pid)) throw SystemError("reach another user's process", EPERM);
}

std::vector<uint32_t> within_scope(std::vector<uint32_t> pids, const Scope& scope) {
  auto is_foreign = [&scope](uint32_t pid) { return !is_covered(scope, static_cast<pid_t>(pid)); };
  pids.erase(std::remove_if(pids.begin(), pids.end(), is_foreign), pids.end());
  return pids;
}

}  // namespace sockscope
