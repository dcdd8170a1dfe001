// Which network namespaces a bind may be tried in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "law/scope.h"
#include "scans/namespace_reader.h"

namespace sockscope {

class NamespaceLaw {
 public:
  // `home`: the agent's own namespace; `reader`: for the others.
  NamespaceLaw(const Scope& scope, uint32_t home, NamespaceReader& reader)
      : scope_(scope), home_(home), reader_(reader) {}

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
  NamespaceReader& reader_;
  std::map<uint64_t, Clock::time_point> seen_;  // when a process of the scope was last in it
};

}  // namespace sockscope
