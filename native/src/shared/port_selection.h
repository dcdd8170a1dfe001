// Which sockets a scan is for: all, or those with one of some ports at either end.
#pragma once

#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bpf/records.h"

namespace sockscope {

class PortSelection {
 public:
  // All sockets.
  PortSelection() = default;
  // At least one.
  explicit PortSelection(const std::vector<uint32_t>& ports) : ports_(ports.begin(), ports.end()) {}

  bool all() const { return ports_.empty(); }
  const std::vector<uint16_t>& ports() const { return ports_; }

  bool has(const socket_record& record) const {
    return all() || has(record.local_port) || has(record.remote_port);
  }

 private:
  bool has(uint16_t port) const { return std::find(ports_.begin(), ports_.end(), port) != ports_.end(); }

  std::vector<uint16_t> ports_;
};

}  // namespace sockscope
