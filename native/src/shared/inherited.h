// What a process inherits from whoever started it, and what of it could be turned against it.
#pragma once

namespace sockscope {

// Resets limits, umask, working directory, signals, priority and affinity: the user who is served chose them
// in the shell that ran sudo. Call it before capabilities are dropped. Throws SystemError, whose step says
// what to do, where files stay limited, or the clocks are not the kernel's (a time namespace); other limits
// that root may not raise (in a container) stay as they are, and what fails by them is an error.
void reset_inherited();

}  // namespace sockscope
