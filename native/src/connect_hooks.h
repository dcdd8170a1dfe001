// The cgroup/connect4|6 hooks, attached only while somebody watches.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
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
  struct Free {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };
  BpfObject object_;
  std::string cgroup_;
  std::unique_ptr<ring_buffer, Free> ring_;
  std::vector<connect_record> events_;
  BpfLink connect4_, connect6_;
  bool watching_ = false;
};

}  // namespace sockscope
