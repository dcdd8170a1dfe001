// The owners of sockets, as far as the caller may read /proc.
#pragma once

#include <functional>
#include <vector>

#include "bpf/records.h"

namespace sockscope {

// One record for each file descriptor that is a socket, within RowLimit; with pid, fd, inode, name,
// start_time and owner_uid only.
void each_owner(const std::function<void(const socket_record&)>& visit);
std::vector<socket_record> scan_owners();

// A socket with the owner's fields of another record.
socket_record with_owner(socket_record socket, const socket_record& owner);

}  // namespace sockscope
