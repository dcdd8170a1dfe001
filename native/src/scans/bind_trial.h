// Real binds that are undone at once: the only proof that a port is free.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "shared/broker_protocol.h"
#include "shared/fiber.h"
#include "walker/lock_waiters.h"

namespace sockscope {

// In the caller's network namespace, whatever `request` calls it; TCP listens as well, and is also tried with
// SO_REUSEADDR. A failed bind() or listen() is an answer; throws SystemError where a trial could not be made
// at all.
std::vector<BindRecord> try_binds(const BindRequest& request);

// The same in any namespace, with the right to bind any port there.
class BindWalker {
 public:
  // In this open namespace, whatever `request` calls it. Of trials of one port, one is made after the other:
  // each would find the other's socket there. Throws SystemError.
  std::vector<BindRecord> run(const BindRequest& request, int netns);

  // Forgets walkers that have ended; returns whether some still hang.
  bool reap() { return waiters_.reap(); }

 private:
  std::shared_ptr<FiberMutex> turn_of(uint16_t port);

  LockWaiters waiters_;
  std::map<uint16_t, std::weak_ptr<FiberMutex>> turns_;  // of ports that are tried just now
};

}  // namespace sockscope
