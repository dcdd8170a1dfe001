// The working directory of a process.
#pragma once

#include <sys/types.h>

#include <string>

namespace sockscope {

// As seen from its own mount namespace. Throws SystemError: ESRCH, no such process; EACCES, not readable.
std::string working_directory(pid_t pid);

}  // namespace sockscope
