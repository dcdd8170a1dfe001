#include "join/listed.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// Destroyed or never bound: it exists only in an fd table.
bool is_closed(const socket_record& record) {
  return record.local_port == 0 &&
         (record.state == 0 || record.state == kClose || record.state > kNewSynRecv);
}

uint64_t rank_of(const socket_record& record) {
  uint64_t group = record.state == kListen ? 0 : 1;
  return group << 32 | uint64_t{record.local_port} << 16 | record.remote_port;
}

}  // namespace

std::vector<uint32_t> open_sockets(const Join& join) {
  std::vector<uint32_t> open;
  for (uint32_t socket = 0; socket < join.sockets().size(); socket++)
    if (!is_closed(join.sockets().record(socket))) open.push_back(socket);
  return open;
}

std::vector<listed_socket> without_paths(const Join& join, const std::vector<uint32_t>& sockets) {
  const std::vector<joined_socket>& joined = join.joined();
  std::vector<bool> is_listed(joined.size());
  for (uint32_t socket : sockets) {
    if (socket >= joined.size()) throw std::out_of_range("a socket of another listing");
    is_listed[socket] = true;
  }
  auto whole_of = [&](uint32_t socket) {
    uint32_t whole = joined[socket].whole;
    return whole != kNone && is_listed[whole] ? whole : kNone;
  };
  std::unordered_map<uint32_t, uint32_t> peers;  // of paths, by their MPTCP sockets
  for (uint32_t socket : sockets)
    if (whole_of(socket) != kNone && joined[socket].peer != kNone)
      peers[whole_of(socket)] = joined[socket].peer;
  std::vector<listed_socket> listed;
  listed.reserve(sockets.size());
  for (uint32_t socket : sockets) {
    if (whole_of(socket) != kNone) continue;
    auto peer = peers.find(socket);
    listed.push_back({socket, peer == peers.end() ? kNone : peer->second});
  }
  return listed;
}

void put_in_order(const Join& join, std::vector<listed_socket>& listed) {
  std::stable_sort(listed.begin(), listed.end(), [&](const listed_socket& a, const listed_socket& b) {
    return rank_of(join.sockets().record(a.socket)) < rank_of(join.sockets().record(b.socket));
  });
}

uint32_t peer_of(const Join& join, const listed_socket& listed) {
  return listed.peer != kNone ? listed.peer : join.joined().at(listed.socket).peer;
}

std::vector<uint32_t> containers_of(const Join& join, Listed listed) {
  std::unordered_set<uint32_t> containers;
  for (size_t row = 0; row < listed.count; row++)
    containers.insert(join.joined().at(listed.data[row].socket).container);
  containers.erase(kNone);
  return {containers.begin(), containers.end()};
}

uint64_t owners_left_out(const Join& join, Listed listed) {
  uint64_t sum = 0;
  for (size_t row = 0; row < listed.count; row++) {
    const joined_socket& socket = join.joined().at(listed.data[row].socket);
    sum += join.sockets().rows()[socket.row].owners_left_out;
  }
  return sum;
}

}  // namespace sockscope
