// The files of /proc/PID that everybody may read where /proc hides nothing.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "shared/broker_protocol.h"

namespace sockscope {

// As many as the lengths of ProcessFiles, in their order.
constexpr const char* kProcessFiles[kProcessFileCount] = {"stat", "status", "comm", "cmdline", "cgroup"};

// Their texts, each cut at 8 KiB. `permit` is called once the process cannot be mistaken for another one any
// more; it throws where it may not be read. Throws SystemError: ESRCH, no such process.
std::vector<std::string> read_process_files(pid_t pid, const std::function<void()>& permit);

}  // namespace sockscope
