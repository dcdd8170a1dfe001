// The working directory of a process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace sockscope {

// As seen from its own mount namespace. `permit` is called once the process cannot be mistaken for another
// one any more; it throws where it may not be read. Throws SystemError: ESRCH, no such process; EACCES, not
// readable.
std::string working_directory(pid_t pid, const std::function<void()>& permit);

}  // namespace sockscope
