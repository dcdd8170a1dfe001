// Destroys sockets through iter/tcp and iter/udp with bpf_sock_destroy, or inspects them there.
#pragma once

#include <vector>

#include "engines/target_walk.h"

namespace sockscope {

class BpfDestroyer {
 public:
  // Loads and attaches; throws SystemError, ENOSYS where the kernel has no bpf_sock_destroy.
  BpfDestroyer();

  // As TargetWalk::visit. `takes_over`: as DestroyRequest's.
  bool destroy(int netns, const std::vector<DestroyItem>& items, bool takes_over, WalkTimes times);

  // The same walk, which only reports the status of these targets.
  bool inspect(int netns, const std::vector<DestroyItem>& items, WalkTimes times);

  // When the present walk began, or the last one.
  Deadline begun() const { return walk_.begun(); }

  // Forgets a walker that has ended; returns whether one still hangs.
  bool reap() { return walk_.reap(); }

 private:
  std::vector<int> links_of(const std::vector<DestroyItem>& items) const;

  BpfObject object_;
  UniqueFd tcp_, udp_;
  TargetWalk walk_;
};

}  // namespace sockscope
