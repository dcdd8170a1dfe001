// The version of the running kernel.
#pragma once

#include <sys/utsname.h>

#include <cstdio>

namespace sockscope {

// False where it is unknown. Filters of system calls do not allow to ask for it.
inline bool is_kernel_at_least(int major, int minor) {
  utsname kernel;
  int own_major = 0, own_minor = 0;
  if (uname(&kernel) != 0 || std::sscanf(kernel.release, "%d.%d", &own_major, &own_minor) != 2) return false;
  return own_major > major || (own_major == major && own_minor >= minor);
}

}  // namespace sockscope
