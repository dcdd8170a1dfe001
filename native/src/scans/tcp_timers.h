// After how long TCP connections give up a peer that does not answer.
#pragma once

#include <vector>

#include "engines/timer_lister.h"
#include "shared/broker_protocol.h"

namespace sockscope {

// Of each target, in order, where a process holds it that a target names as its owner. Throws SystemError,
// ENOSYS without a lister.
std::vector<TcpTimers> read_timers(const TimerLister* lister, const std::vector<DestroyTarget>& targets);

}  // namespace sockscope
