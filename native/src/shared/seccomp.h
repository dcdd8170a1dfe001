// Filters of system calls.
#pragma once

#include <cerrno>
#include <vector>

namespace sockscope {

// `only`: values of one argument, the first if not said, with which the call is allowed all the same; without
// any, no value matters. `not_with`: values with which it is refused, and allowed otherwise. Of an argument,
// the lower half counts, as for the kernel.
struct FilteredCall {
  unsigned number;
  std::vector<unsigned> only = {};
  unsigned argument = 0;
  std::vector<unsigned> not_with = {};
};

// What is not allowed fails with EPERM before the kernel looks at the arguments. Calls of other architectures
// and new namespaces never are.
struct CallFilter {
  enum Kind {
    kRefuse,     // these, and no others
    kAllowOnly,  // these, and no others
  };
  Kind kind;
  std::vector<FilteredCall> calls;
};

// Holds in all threads of the process, and in whatever it forks; for good. Takes no_new_privs. Throws
// SystemError.
void filter_calls(const CallFilter& filter, int error = EPERM);

}  // namespace sockscope
