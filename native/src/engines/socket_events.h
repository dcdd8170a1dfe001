// What happens to sockets, by tracepoints that are attached only while somebody watches.
#pragma once

#include <unordered_map>
#include <vector>

#include "engines/bpf_object.h"
#include "shared/broker_protocol.h"
#include "shared/net_namespace.h"

namespace sockscope {

class SocketEvents {
 public:
  // Loads, and attaches once to see that it can; throws SystemError.
  SocketEvents();

  void watch();
  void unwatch();
  bool watching() const { return !links_.empty(); }

  // Readable when there are events that the broker should see now.
  int event_fd() const;
  // Takes in what happened; returns whether anything did.
  bool drain();
  // Before looking at the sockets: the next event makes event_fd() readable. Those behind it do not, until
  // they fill half the ring.
  void arm();
  // Namespaces in which something happened since the last call.
  NamespaceSet take_namespaces();
  // What was learnt about ends since the last call.
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
