// A child for one piece of work that can hang in the kernel behind a socket's lock: forked without exec, in
// the network namespace of its targets, with nothing but what the work needs.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <vector>

#include "shared/fiber.h"
#include "shared/privileges.h"
#include "shared/unique_fd.h"

namespace sockscope {

struct WalkerJob {
  int netns;                   // descriptor of the namespace to work in
  std::vector<int> kept;       // the only other descriptors it keeps
  Process process;             // which privileges are left once it is in the namespace
  std::function<void()> work;  // throws SystemError
  // By the kernel's clock, it does nothing after that: also where it was frozen together with the broker.
  std::optional<Deadline> end = {};
};

enum class WalkerEnd {
  kFinished,  // code() is 0, or the errno that the work failed with
  kKilled,    // by a signal that we did not send
  kTimedOut,  // still there
};

class Walker {
 public:
  explicit Walker(const WalkerJob& job);
  Walker(Walker&&) = default;
  Walker& operator=(Walker&&) = default;

  // In a fiber, other work goes on meanwhile.
  WalkerEnd wait(Deadline deadline);
  int code() const { return code_; }

  // Sends SIGKILL. A walker that waits for a socket's lock ends only after it got the lock.
  void kill() const;
  // Whether it has ended; never waits.
  bool reap();

 private:
  pid_t pid_;
  UniqueFd pidfd_;
  int code_ = 0;
};

}  // namespace sockscope
