#include "engines/cgroup_root.h"

#include <fcntl.h>

#include <fstream>
#include <sstream>

#include "shared/error.h"

namespace sockscope {

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

UniqueFd attach_to_root(const BpfObject& object, const char* program, const std::string& mount) {
  UniqueFd cgroup(check(open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open the cgroup2 mount"));
  return object.attach_cgroup(program, cgroup.get());
}

}  // namespace sockscope
