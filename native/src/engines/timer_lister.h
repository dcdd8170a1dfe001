// The timers of TCP connections that processes hold, through iter/task_file (bpf/timers.bpf.c).
#pragma once

#include "engines/file_walk.h"

namespace sockscope {

class TimerLister : public FileWalk<timer_record> {
 public:
  TimerLister() : FileWalk(timers_object(), "list_timers") {}
};

}  // namespace sockscope
