#include "engines/pid_namespace.h"

#include <sys/stat.h>

#include <cstdint>

#include "shared/error.h"

namespace sockscope {

namespace {

uint32_t own_pid_namespace() {
  struct stat status;
  check(stat("/proc/self/ns/pid", &status), "stat /proc/self/ns/pid");
  return status.st_ino;
}

}  // namespace

void set_pid_namespace(bpf_object* object) {
  uint32_t pid_namespace = own_pid_namespace();
  bpf_map* constants = bpf_object__find_map_by_name(object, ".rodata.pid");
  if (!constants) throw SystemError("map .rodata.pid", ENOENT);
  check(bpf_map__set_initial_value(constants, &pid_namespace, sizeof(pid_namespace)),
        "bpf_map__set_initial_value");
}

}  // namespace sockscope
