// Events of sockets, by tracepoints that are attached only while a client watches.
#pragma once

#include <vector>

#include "engines/bpf_object.h"
#include "engines/socket_ends.h"

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
  // Call it before a scan, and take the namespaces before: the next event makes event_fd() readable. Later
  // ones do not, until they fill half the ring, and those that only repeat a namespace are left out.
  void arm();
  // Namespaces with events since the last call.
  NamespaceSet take_namespaces() { return ends_.take_namespaces(); }
  RecordedEnds take_ends();

 private:
  static int take(void* ends, void* data, size_t size);

  BpfObject object_;
  Ring ring_;
  volatile event_watch* watch_;  // the programs' variables
  volatile uint32_t* lost_;
  uint32_t known_lost_ = 0;  // value of *lost_ at the last call of take_ends
  std::vector<UniqueFd> links_;
  std::vector<const char*> programs_;
  SocketEnds ends_;
};

}  // namespace sockscope
