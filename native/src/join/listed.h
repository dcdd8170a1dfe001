// What a list shows, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "join/join.h"

namespace sockscope {

// A row of a list. Crosses to JavaScript, and back.
struct listed_socket {
  uint32_t socket;
  uint32_t peer;  // socket, or kNone: of an MPTCP connection that of the path which it takes the place of
};

struct Listed {
  const listed_socket* data;
  size_t count;
};

// All sockets that are not closed.
std::vector<uint32_t> open_sockets(const Join& join);

// These sockets, without the paths of MPTCP sockets among them: an MPTCP connection is one row, the socket
// that its process holds.
std::vector<listed_socket> without_paths(const Join& join, const std::vector<uint32_t>& sockets);

// For people: what listens first, then by local port, then by remote port (0: none).
void put_in_order(const Join& join, std::vector<listed_socket>& listed);

// The socket, or kNone.
uint32_t peer_of(const Join& join, const listed_socket& listed);

// Containers of these rows, each once. Like the next one it throws std::out_of_range where the numbers are
// not of this listing.
std::vector<uint32_t> containers_of(const Join& join, Listed listed);

// Owners of these sockets that have no row.
uint64_t owners_left_out(const Join& join, Listed listed);

}  // namespace sockscope
