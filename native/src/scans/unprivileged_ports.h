// Which ports of a network namespace take a right to bind: a sysctl that each namespace has.
#pragma once

#include <cstdint>

#include "scans/namespace_reader.h"

namespace sockscope {

class UnprivilegedPorts {
 public:
  // `home`: the broker's own namespace; `reader`: for the others.
  UnprivilegedPorts(uint32_t home, NamespaceReader& reader) : home_(home), reader_(reader) {}

  // The first port that every process may bind (net.ipv4.ip_unprivileged_port_start); 65536: none, or it
  // cannot be read. `opened`: a descriptor of the namespace.
  uint32_t first(uint32_t netns, int opened);

 private:
  uint32_t home_;
  NamespaceReader& reader_;
};

}  // namespace sockscope
