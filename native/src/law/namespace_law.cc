#include "law/namespace_law.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <iterator>

#include "law/process_law.h"
#include "scans/namespace_holders.h"
#include "shared/error.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

// The longest grace of a process to end is a minute; then the port is watched for a while.
constexpr std::chrono::seconds kRemembered(90);

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

// Of the namespace of the caller. No other one ever has it; 0: the kernel has none (before Linux 5.14).
uint64_t own_cookie() {
  UniqueFd there(check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), "socket"));
  uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  bool is_known = getsockopt(there.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0;
  return is_known ? cookie : 0;
}

}  // namespace

void NamespaceLaw::require_covered(uint32_t netns, int opened) {
  if (scope_.all() || netns == home_) return;
  uint64_t cookie = reader_.read<uint64_t>(opened, 1, [](uint64_t* own) { *own = own_cookie(); })[0];
  if (any_process_in(netns, [this](pid_t pid) { return is_covered(scope_, pid); })) return remember(cookie);
  if (!was_covered(cookie)) throw SystemError("try a bind where no process of the user is", EPERM);
}

void NamespaceLaw::remember(uint64_t cookie) {
  Clock::time_point now = Clock::now();
  for (auto seen = seen_.begin(); seen != seen_.end();)
    seen = now - seen->second > kRemembered ? seen_.erase(seen) : std::next(seen);
  if (cookie != 0) seen_[cookie] = now;
}

bool NamespaceLaw::was_covered(uint64_t cookie) {
  auto seen = seen_.find(cookie);
  return seen != seen_.end() && Clock::now() - seen->second <= kRemembered;
}

}  // namespace sockscope
