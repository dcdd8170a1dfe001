// Which network namespaces a bind may be tried in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "law/scope.h"

namespace sockscope {

class NamespaceLaw {
 public:
  // `home`: the agent's own namespace.
  NamespaceLaw(const Scope& scope, uint32_t home) : scope_(scope), home_(home) {}

  // Throws EPERM where it is neither the agent's own nor one that a process of the scope is in, or was in
  // shortly before: once a port is freed, its process may be gone.
  // `opened`: a descriptor of it.
  void require_covered(uint32_t netns, int opened);

 private:
  using Clock = std::chrono::steady_clock;

  // By the cookie of the namespace: its inode number may be the next one's.
  bool was_covered(uint64_t cookie);
  void remember(uint64_t cookie);

  const Scope& scope_;
  uint32_t home_;
  std::map<uint64_t, Clock::time_point> seen_;  // when a process of the scope was last in it
};

}  // namespace sockscope
