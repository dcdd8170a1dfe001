#include "scans/stalled_sockets.h"

#include <unistd.h>

#include <algorithm>
#include <unordered_set>

#include "shared/tcp_states.h"

namespace sockscope {

namespace {

using Targets = std::vector<DestroyTarget>;

// A busy program holds its socket's lock now and then, a stalled one all the time.
constexpr int kSamples = 3;
constexpr useconds_t kSampleGapUs = 15000;

template <typename Condition>
void erase_if(Targets& targets, Condition condition) {
  targets.erase(std::remove_if(targets.begin(), targets.end(), condition), targets.end());
}

void keep_locked(Inventory& inventory, Targets& targets) {
  std::unordered_set<uint64_t> unread, locked;
  for (const DestroyTarget& target : targets) unread.insert(target.cookie);
  auto note = [&](const socket_record& row) {
    if (unread.erase(row.cookie) != 0 && row.flags & SOCKSCOPE_LOCKED) locked.insert(row.cookie);
  };
  if (!inventory.each_of_owners(targets, note) || !unread.empty())
    inventory.each_owned(PortSelection::around(targets), note);
  erase_if(targets, [&](const DestroyTarget& target) { return locked.count(target.cookie) == 0; });
}

}  // namespace

std::vector<uint64_t> stalled(Inventory& inventory, const Targets& targets) {
  if (!inventory.reads_locks()) return {};
  Targets left = targets;
  erase_if(left, [](const DestroyTarget& target) { return is_minisock(target.state); });
  for (int sample = 0; sample < kSamples && !left.empty(); sample++) {
    if (sample > 0) usleep(kSampleGapUs);
    keep_locked(inventory, left);
  }
  std::vector<uint64_t> cookies;
  for (const DestroyTarget& target : left) cookies.push_back(target.cookie);
  return cookies;
}

}  // namespace sockscope
