// Events of sockets, by tracepoints that are attached only while a client watches.
#pragma once

#include <unordered_map>
#include <vector>

#include "engines/bpf_object.h"
#include "shared/broker_protocol.h"
#include "shared/net_namespace.h"

namespace sockscope {

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
  // Ends of connections recorded since the last call.
  std::vector<SocketEnd> take_ends();

 private:
  static int take(void* events, void* data, size_t size);
  void add(const socket_event& event);

  BpfObject object_;
  Ring ring_;
  volatile uint32_t* armed_;  // the program's variable
  std::vector<BpfLink> links_;
  std::vector<const char*> programs_;
  std::unordered_map<uint64_t, SocketEnd> ends_;
  NamespaceSet namespaces_;
};

}  // namespace sockscope
