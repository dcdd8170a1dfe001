#include "join/owners.h"

#include <algorithm>

namespace sockscope {

namespace {

// Characters of all command lines of a socket's owners, and the least that each may have. One alone never has
// more than kMaxCommand (agent/system/command-line.ts).
constexpr uint32_t kMaxCommands = 65536;
constexpr uint32_t kMinCommand = 128;
constexpr uint32_t kMaxCommand = 4096;

}  // namespace

Owners owners_of(const Join& join, const joined_socket& socket) {
  return {join.sockets().owner_rows().data() + socket.owners_begin, socket.owners_count};
}

Owners queue_owners_of(const Join& join, const joined_socket& socket) {
  if (socket.queue == kNone) return {nullptr, 0};
  const std::vector<uint32_t>& rows = join.queues()[socket.queue].owners;
  return {rows.data(), rows.size()};
}

Owners owners_of_peer(const Join& join, const joined_socket& peer) {
  Owners owners = owners_of(join, peer);
  return owners.count > 0 ? owners : queue_owners_of(join, peer);
}

// Many owners have short command lines, so that one socket fits into a message.
uint32_t command_length(size_t owners) {
  uint32_t length = std::max<uint32_t>(kMinCommand, kMaxCommands / std::max<size_t>(owners, 1));
  return length >= kMaxCommand ? kNone : length;
}

}  // namespace sockscope
