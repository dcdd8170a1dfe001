// Signals for exactly one process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace sockscope {

// Sends SIGTERM or SIGKILL to the process that is named by pid and start time (clock ticks since boot, field
// 22 of /proc/PID/stat); one that is stopped gets SIGCONT after SIGTERM, as systemd does it. Throws
// SystemError: ESRCH (it has ended, or the pid is another's by now), EPERM (also for pid 1), EINVAL (another
// signal). `permit` is called while the process is held by a pidfd, and may throw.
void signal_process(
    pid_t pid, uint64_t start_time, int signal, const std::function<void()>& permit = [] {});

// Throws where signal_process would: sends nothing.
void check_signal(
    pid_t pid, uint64_t start_time, const std::function<void()>& permit = [] {});

}  // namespace sockscope
