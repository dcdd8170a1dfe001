// The text of /proc/PID/stat.
#pragma once

#include <cstdint>
#include <string>

namespace sockscope {

// Field 22, clock ticks since boot; 0: the text has none.
uint64_t start_time_in(const std::string& stat);

// By job control (Ctrl-Z), not by a debugger.
bool is_stopped(const std::string& stat);

}  // namespace sockscope
