// Walkers whose work may wait for a socket's lock, or for what a user has made, without limit.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shared/error.h"
#include "walker/walker.h"

namespace sockscope {

// Of a job that run() did not do: a walker that did not answer is named.
SystemError walker_error(const std::string& job, int error);

class LockWaiters {
 public:
  // Does the job in a walker. 0, or the errno that it failed with; ETIMEDOUT: it still waits, and is left
  // alone from now on (`cancel` is called before it gets its SIGKILL); EINTR: it was killed; EBUSY: too many
  // wait; others also where it could not be started. `meanwhile` is called once in any case, and must not
  // throw.
  int run(
      const WalkerJob& job, Deadline deadline, const std::function<void()>& cancel,
      const std::function<void()>& meanwhile = [] {});

  // Forgets those that have ended; returns whether some are left.
  bool reap();

 private:
  int wait_for(Walker walker, Deadline deadline, const std::function<void()>& cancel);

  std::vector<Walker> abandoned_;
};

}  // namespace sockscope
