// The root of the cgroup2 hierarchy, which all processes are below.
#pragma once

#include <string>

#include "engines/bpf_object.h"

namespace sockscope {

// Its mount point; hybrid systems have it below another path. Throws SystemError.
std::string cgroup2_mount();

// `mount`: that point. Throws SystemError.
UniqueFd attach_to_root(const BpfObject& object, const char* program, const std::string& mount);

}  // namespace sockscope
