// Which sockets a scan is for: all, or those with one of some ports at either end.
#pragma once

#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "bpf/records.h"

namespace sockscope {

class PortSelection {
 public:
  // All sockets.
  PortSelection() = default;
  // None: all sockets.
  explicit PortSelection(const std::vector<uint32_t>& ports) : ports_(ports.begin(), ports.end()) {
    std::sort(ports_.begin(), ports_.end());
  }

  // The sockets that have a port in common with one of these targets; all, where these have too many, or
  // none.
  template <typename Targets>
  static PortSelection around(const Targets& targets) {
    std::set<uint32_t> ports;
    for (const auto& target : targets) {
      if (target.local_port == 0 && target.remote_port == 0) return {};
      for (uint16_t port : {target.local_port, target.remote_port}) {
        if (port != 0) ports.insert(port);
      }
      if (ports.size() > kMaxPorts) return {};
    }
    return ports.empty() ? PortSelection() : PortSelection({ports.begin(), ports.end()});
  }

  // Beyond it, more is selected than left out.
  static constexpr size_t kMaxPorts = 64;

  bool all() const { return ports_.empty(); }
  const std::vector<uint16_t>& ports() const { return ports_; }

  bool has(const socket_record& record) const {
    return all() || has(record.local_port) || has(record.remote_port);
  }

 private:
  bool has(uint16_t port) const { return std::binary_search(ports_.begin(), ports_.end(), port); }

  std::vector<uint16_t> ports_;  // in ascending order
};

}  // namespace sockscope
