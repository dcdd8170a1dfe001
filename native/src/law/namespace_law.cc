#include "law/namespace_law.h"

#include "law/process_law.h"
#include "scans/namespace_holders.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// The longest grace of a process to end is a minute; then the port is watched for a while.
constexpr std::chrono::seconds kRemembered(90);

}  // namespace

void NamespaceLaw::require_covered(uint32_t netns) {
  if (!scope_.all() && netns != home_ && !is_covered(netns))
    throw SystemError("try a bind where no process of the user is", EPERM);
}

bool NamespaceLaw::is_covered(uint32_t netns) {
  Clock::time_point now = Clock::now();
  for (auto seen = seen_.begin(); seen != seen_.end();)
    seen = now - seen->second > kRemembered ? seen_.erase(seen) : std::next(seen);
  bool is_inhabited = any_process_in(netns, [this](pid_t pid) { return sockscope::is_covered(scope_, pid); });
  if (is_inhabited) seen_[netns] = now;
  return seen_.count(netns) != 0;
}

}  // namespace sockscope
