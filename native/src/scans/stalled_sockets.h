// Sockets whose lock a process holds all the time: whoever waits for it may wait without end.
#pragma once

#include <vector>

#include "scans/inventory.h"
#include "shared/broker_protocol.h"

namespace sockscope {

// Cookies of those of these targets; none where locks cannot be read. Reads the owners that the targets name,
// and all processes only where a target is not found there: it may have been accepted or passed on since.
std::vector<uint64_t> stalled(Inventory& inventory, const std::vector<DestroyTarget>& targets);

}  // namespace sockscope
