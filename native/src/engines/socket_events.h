// Events of sockets, by tracepoints that are attached only while a client watches.
#pragma once

#include <unordered_map>
#include <vector>

#include "engines/bpf_object.h"
#include "shared/broker_protocol.h"
#include "shared/net_namespace.h"

namespace sockscope {

// What was recorded since the last call.
struct RecordedEnds {
  std::vector<SocketEnd> ends;
  // Events that are missing in these: the ring, or the memory for ends, was full.
  uint32_t lost_events = 0;
};

class SocketEvents {
 public:
  // Loads, and attaches once as a check; throws SystemError.
  SocketEvents();

  void watch();
  void unwatch();
  bool watching() const { return !links_.empty(); }

  // Readable when there are events that the broker should see now.
  int event_fd() const;
  // Reads the pending events; returns whether there were any.
  bool drain();
  // Call it before a scan: the next event makes event_fd() readable. Later ones do not, until they fill half
  // the ring.
  void arm();
  // Namespaces with events since the last call.
  NamespaceSet take_namespaces();
  RecordedEnds take_ends();

 private:
  uint32_t take_lost();
  static int take(void* events, void* data, size_t size);
  void add(const socket_event& event);

  BpfObject object_;
  Ring ring_;
  volatile uint32_t* armed_;  // the programs' variables
  volatile uint32_t* lost_;
  uint32_t known_lost_ = 0;  // value of *lost_ at the last call of take_lost
  uint32_t left_out_ = 0;
  std::vector<UniqueFd> links_;
  std::vector<const char*> programs_;
  std::unordered_map<uint64_t, SocketEnd> ends_;
  NamespaceSet namespaces_;
};

}  // namespace sockscope
