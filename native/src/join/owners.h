// Owners of a socket, as lists have them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "join/join.h"

namespace sockscope {

// Rows of a listing.
struct Owners {
  const uint32_t* rows;
  size_t count;
};

Owners owners_of(const Join& join, const joined_socket& socket);

// Those of the listeners in whose queue it waits.
Owners queue_owners_of(const Join& join, const joined_socket& socket);

// Those of a connection that is not accepted yet are its listener's.
Owners owners_of_peer(const Join& join, const joined_socket& peer);

// How many characters of its command line each of so many owners has; kNone: all.
uint32_t command_length(size_t owners);

}  // namespace sockscope
