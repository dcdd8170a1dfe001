// A seccomp filter that refuses system calls.
#pragma once

#include <cerrno>
#include <vector>

namespace sockscope {

// Calls that no part of the agent makes once it serves: other programs, other processes' memory, modules,
// keys, mounts, clocks. Besides them, a filter always refuses calls of other architectures and new
// namespaces.
const std::vector<unsigned>& calls_of_no_use();

// Refuses these calls with `error` in all threads of the process, and whatever it forks; for good. Takes
// no_new_privs. Throws SystemError.
void refuse_calls(const std::vector<unsigned>& numbers, int error = EPERM);

}  // namespace sockscope
