// The network namespace of a socket that another process holds.
#pragma once

#include "shared/unique_fd.h"
#include "walker/lock_waiters.h"

namespace sockscope {

// Asking a socket for its namespace takes a reference to it, and the process that drops the last reference
// may wait until the data is acknowledged (SO_LINGER), or for the lock. So a child does that.
class SocketNamespaces {
 public:
  // Of descriptor `fd` of process `pid`; empty, with errno set, where it cannot be opened, or not in time.
  UniqueFd open(int pid, int fd, Deadline deadline);

  // Forgets children that have ended; returns whether some still hang.
  bool reap() { return waiters_.reap(); }

 private:
  LockWaiters waiters_;
};

}  // namespace sockscope
