#include "connect_hooks.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "error.h"
#include "unique_fd.h"

namespace sockscope {

namespace {

// Where the root of the cgroup2 hierarchy is mounted; hybrid systems have it below another path.
std::string cgroup2_mount() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, path;
    fields >> id >> parent >> device >> root >> path;
    if (root == "/" && line.find(" - cgroup2 ") != std::string::npos) return path;
  }
  throw SystemError("find a cgroup2 mount", ENOENT);
}

uint32_t own_pid_namespace() {
  struct stat status;
  check(stat("/proc/self/ns/pid", &status), "stat /proc/self/ns/pid");
  return status.st_ino;
}

int keep_event(void* events, void* data, size_t size) {
  connect_record record = {};
  if (size == sizeof(record)) {
    std::memcpy(&record, data, size);
    static_cast<std::vector<connect_record>*>(events)->push_back(record);
  }
  return 0;
}

}  // namespace

ConnectHooks::ConnectHooks() : object_(connect_object()), cgroup_(cgroup2_mount()) {
  uint32_t pid_namespace = own_pid_namespace();
  check(bpf_map__set_initial_value(object_.map(".rodata"), &pid_namespace, sizeof(pid_namespace)),
        "bpf_map__set_initial_value");
  object_.load();
  ring_ = object_.open_ring("connects", keep_event, &events_);
}

void ConnectHooks::watch(const connect_filter& filter) {
  uint32_t key = 0;
  check(bpf_map_update_elem(object_.map_fd("filters"), &key, &filter, BPF_ANY), "bpf_map_update_elem");
  if (watching_) return;
  UniqueFd cgroup(check(open(cgroup_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open the cgroup2 mount"));
  BpfLink connect4 = object_.attach_cgroup("connect4", cgroup.get());
  connect6_ = object_.attach_cgroup("connect6", cgroup.get());
  connect4_ = std::move(connect4);
  watching_ = true;
}

void ConnectHooks::unwatch() {
  connect4_ = BpfLink();
  connect6_ = BpfLink();
  watching_ = false;
  take_events();
}

int ConnectHooks::event_fd() const { return ring_buffer__epoll_fd(ring_.get()); }

std::vector<connect_record> ConnectHooks::take_events() {
  check(ring_buffer__consume(ring_.get()), "ring_buffer__consume");
  return std::exchange(events_, {});
}

}  // namespace sockscope
