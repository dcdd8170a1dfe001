// The ids that something on this machine runs with.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace sockscope {

// Of the text of /proc/PID/status: the real, effective, saved and file system ids of users and groups, and
// the groups.
void add_ids_in(const std::string& status, std::set<uint32_t>& ids);

// Of every thread: each has its own. Throws SystemError where /proc cannot be read.
std::set<uint32_t> ids_of_threads();

}  // namespace sockscope
