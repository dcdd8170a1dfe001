// How connections end, by the events of their sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "bpf/records.h"
#include "shared/broker_protocol.h"
#include "shared/net_namespace.h"

namespace sockscope {

// What was recorded since the last call.
struct RecordedEnds {
  std::vector<SocketEnd> ends;
  // Events that are missing in these: the ring, or the memory for ends, was full.
  uint32_t lost_events = 0;
};

class SocketEnds {
 public:
  // Beyond this many, events are left out, which counts like a full ring.
  static constexpr size_t kMax = 65536;

  // A socket_event, as the ring has it.
  void add(const void* data, size_t size);
  RecordedEnds take();
  // Namespaces with events since the last call.
  NamespaceSet take_namespaces();

 private:
  void add(const socket_event& event);

  uint32_t left_out_ = 0;
  std::unordered_map<uint64_t, SocketEnd> ends_;
  NamespaceSet namespaces_;
};

}  // namespace sockscope
