// Who may signal which process.
#pragma once

#include <sys/types.h>

#include "law/scope.h"

namespace sockscope {

// Throws EPERM where the process does not run as a uid that the scope covers; one that mixes uids counts as
// root's. Call it while a pidfd of the process is open.
void require_signallable(const Scope& scope, pid_t pid);

}  // namespace sockscope
