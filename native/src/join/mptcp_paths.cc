#include "join/mptcp_paths.h"

#include <netinet/in.h>

#include <cstring>

#include "bpf/records.h"
#include "shared/newer_names.h"

namespace sockscope {

namespace {

bool is_path(const socket_record& record) { return (record.flags & SOCKSCOPE_MPTCP) != 0; }

bool is_whole(const socket_record& record) {
  return record.protocol == IPPROTO_MPTCP && record.inode != 0 && !is_path(record);
}

// A path has the inode of its MPTCP socket.
struct Ends {
  uint64_t inode;
  uint32_t netns;
  uint32_t family;
  uint32_t local_port;
  uint32_t remote_port;
  uint8_t local_address[16];
  uint8_t remote_address[16];

  bool operator==(const Ends& other) const { return std::memcmp(this, &other, sizeof(Ends)) == 0; }
};

Ends ends_of(const socket_record& record) {
  Ends ends = {record.inode, record.netns, record.family, record.local_port, record.remote_port, {}, {}};
  std::memcpy(ends.local_address, record.local_address, sizeof(ends.local_address));
  // Without a remote port there is no remote end.
  if (record.remote_port != 0)
    std::memcpy(ends.remote_address, record.remote_address, sizeof(ends.remote_address));
  return ends;
}

}  // namespace

std::vector<uint32_t> find_wholes(const Sockets& sockets) {
  std::vector<uint32_t> found(sockets.size(), kNone);
  std::vector<uint32_t> paths;
  HashIndex wholes;
  auto has_ends = [&](const Ends& ends) {
    return [&sockets, &ends](uint32_t one) { return ends_of(sockets.record(one)) == ends; };
  };
  for (uint32_t socket = 0; socket < sockets.size(); socket++) {
    const socket_record& record = sockets.record(socket);
    if (is_path(record)) paths.push_back(socket);
    if (!is_whole(record)) continue;
    Ends ends = ends_of(record);
    wholes.find_or_add(hash_of_key(ends), socket, has_ends(ends));
  }
  for (uint32_t path : paths) {
    Ends ends = ends_of(sockets.record(path));
    found[path] = wholes.find(hash_of_key(ends), has_ends(ends));
  }
  return found;
}

}  // namespace sockscope
