// The kernel's counters of a network namespace, as text.
#pragma once

#include <string>

namespace sockscope {

// A file below /proc/net, of the namespace that this thread is in now, not of the one that the process
// started in. Empty where there is none: the kernel has no IPv6, or /proc shows processes only (subset=pid).
std::string read_counters(const std::string& name);

}  // namespace sockscope
