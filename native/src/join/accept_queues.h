// Connections that are not accepted yet, and the listeners in whose queue they wait.
#pragma once

#include <cstdint>
#include <vector>

#include "join/sockets.h"

namespace sockscope {

// One for all that wait for the same listeners, whether anything waits or not.
struct AcceptQueue {
  std::vector<uint32_t> listeners;  // sockets
  std::vector<uint32_t> owners;     // rows: of the listeners, one for each process, up to kMaxQueueOwners
};

// Processes that are named for one connection: there may be thousands that listen on one port (SO_REUSEPORT).
constexpr size_t kMaxQueueOwners = 64;

struct AcceptQueues {
  std::vector<uint32_t> of;  // by socket; kNone: it does not wait
  std::vector<AcceptQueue> queues;
};

AcceptQueues find_accept_queues(const Sockets& sockets);

}  // namespace sockscope
