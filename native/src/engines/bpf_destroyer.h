// Destroys sockets through iter/tcp and iter/udp with bpf_sock_destroy, or inspects them there.
#pragma once

#include <optional>
#include <vector>

#include "engines/bpf_object.h"
#include "engines/destroy_item.h"
#include "shared/broker_protocol.h"
#include "walker/walker.h"

namespace sockscope {

class BpfDestroyer {
 public:
  // Loads and attaches; throws SystemError, ENOSYS where the kernel has no bpf_sock_destroy.
  BpfDestroyer();

  struct Times {
    Deadline turn;  // until when it is waited for walks of other requests
    Deadline walk;
  };

  // Walks one namespace until all these targets have an answer, and fills in their replies, with an errno in
  // those that the walk left open (ETIMEDOUT: it hangs). `takes_over`: as DestroyRequest's. Returns false,
  // and does nothing, while a walker hangs (until it ends, the target map must stay empty), or where others
  // do not give up their turn in time.
  bool destroy(int netns, const std::vector<DestroyItem>& items, bool takes_over, Times times);

  // The same walk, which only reports the status of these targets.
  bool inspect(int netns, const std::vector<DestroyItem>& items, Times times);

  // When the present walk began, or the last one.
  Deadline begun() const { return begun_; }

  // Forgets a walker that has ended; returns whether one still hangs.
  bool reap();

 private:
  enum class Act { kDestroy, kTakeOver, kInspect };
  static target_value value_of(const DestroyTarget& target, Act act, Deadline deadline);
  bool visit(int netns, const std::vector<DestroyItem>& items, Act act, Times times);
  // 0 or a positive errno.
  int try_walk(int netns, const std::vector<DestroyItem>& items, Deadline deadline);
  int walk(int netns, const std::vector<DestroyItem>& items, Deadline deadline);
  void collect(const std::vector<DestroyItem>& items, int error);

  BpfObject object_;
  UniqueFd tcp_, udp_;
  int targets_;
  volatile uint32_t* pending_;  // how many of them have no answer yet
  FiberMutex turn_;             // targets are those of one walk
  Deadline begun_;
  std::optional<Walker> abandoned_;
};

}  // namespace sockscope
