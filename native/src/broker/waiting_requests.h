// The requests that wait for a walker, so that one which is stopped holds up nobody else.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <vector>

#include "shared/fiber.h"

namespace sockscope {

class WaitingRequests {
 public:
  WaitingRequests() = default;
  // Lets each end: what was begun is to stand in the audit log as it has become.
  ~WaitingRequests();

  // Does the work of a request in a fiber. Returns false where it waits for longer than a walker mostly
  // takes: the work goes on in resume_ready(), between that of others. Without memory for a fiber it is done
  // at once, and others wait for it. Throws what the work throws.
  bool begin(std::function<void()> work);
  // Whether further requests may be begun. Not where many wait already: each has a stack and a walker.
  bool has_room() const;

  // What poll() has to look at, and the milliseconds for it; -1: no request waits.
  void add_awaited(std::vector<pollfd>& awaited) const;
  int timeout_ms() const;
  // Goes on with those that need not wait any longer. Throws what their work throws.
  void resume_ready();

 private:
  std::unique_ptr<Fiber> fiber_for(const std::function<void()>& work);

  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::unique_ptr<FiberStack> spare_;  // of a request that is over: fresh memory costs more
};

}  // namespace sockscope
