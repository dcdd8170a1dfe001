// This program again, with fewer ways out.
#pragma once

#include <string>

namespace sockscope {

// libuv opens io_uring rings before any JavaScript runs, and whatever a ring does passes by seccomp. Replaces
// this process by the same program, for which io_uring_setup fails with ENOSYS, as on a kernel without it.
// Descriptors up to last_kept stay open. Throws SystemError.
void restart_without_io_uring(const std::string& executable, int last_kept);

}  // namespace sockscope
