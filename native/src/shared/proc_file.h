// Files and folders of processes below /proc.
#pragma once

#include "shared/unique_fd.h"

namespace sockscope {

// Empty where the process has ended, or is hidden from this user. Throws SystemError where it is only this
// process that cannot open it, such as without a descriptor left: who could not look must not say that there
// is nothing. Likewise for the text files of the system, which may not be there.
UniqueFd open_if_there(int folder, const char* name, int flags);

}  // namespace sockscope
