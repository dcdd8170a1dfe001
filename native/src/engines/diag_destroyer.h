// Destroys sockets through SOCK_DESTROY.
#pragma once

#include <vector>

#include "engines/destroy_item.h"
#include "walker/lock_waiters.h"

namespace sockscope {

class DiagDestroyer {
 public:
  // Destroys these targets of one namespace and fills in their replies. In a walker: SOCK_DESTROY waits for
  // the lock of its target, and one that a process holds past the deadline gets ETIMEDOUT. EBUSY where too
  // many such walkers still wait.
  void destroy(int netns, const std::vector<DestroyItem>& items, Deadline deadline);

  // Forgets abandoned walkers that have ended; returns whether some are left.
  bool reap() { return waiters_.reap(); }

 private:
  LockWaiters waiters_;
};

}  // namespace sockscope
