// TCP sockets that carry an MPTCP connection.
#pragma once

#include <cstdint>
#include <vector>

#include "join/sockets.h"

namespace sockscope {

// By socket: the MPTCP socket with the same ends, which its process holds; kNone: it is no path, or a further
// one with other ends.
std::vector<uint32_t> find_wholes(const Sockets& sockets);

}  // namespace sockscope
