// The cgroup/connect4|6 hooks, attached only while somebody watches.
#pragma once

#include <string>
#include <vector>

#include "../../bpf/records.h"
#include "bpf_object.h"

namespace sockscope {

class ConnectHooks {
 public:
  // Loads; throws SystemError.
  ConnectHooks();

  // Attaches at the root of the cgroup2 mount; a second watch replaces the filter.
  void watch(const connect_filter& filter);
  void unwatch();
  bool watching() const { return watching_; }

  // Readable when there are events.
  int event_fd() const;
  std::vector<connect_record> take_events();

 private:
  BpfObject object_;
  std::string cgroup_;
  Ring ring_;
  std::vector<connect_record> events_;
  BpfLink connect4_, connect6_;
  bool watching_ = false;
};

}  // namespace sockscope
