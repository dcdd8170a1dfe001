// The network namespace of a socket that another process holds.
#pragma once

#include "shared/unique_fd.h"
#include "walker/lock_waiters.h"

namespace sockscope {

// To ask a socket for its namespace is to hold it, and whoever lets go of a socket last may have to wait
// until its data is acknowledged (SO_LINGER), or for its lock. So a child does that.
class SocketNamespaces {
 public:
  // Of descriptor `fd` of process `pid`; empty, with errno set, where it cannot be had, or not in time.
  UniqueFd open(int pid, int fd);

  // Forgets children that have ended; returns whether some still hang.
  bool reap() { return waiters_.reap(); }

 private:
  LockWaiters waiters_;
};

}  // namespace sockscope
