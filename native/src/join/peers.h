// The other ends of connections, in all network namespaces of this machine.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "join/sockets.h"

namespace sockscope {

// Cookies of pairs that were found by sequence numbers, by the cookie of each end. These agree only while no
// data is in flight.
using ProvenPairs = std::unordered_map<uint64_t, uint64_t, NumberHash>;

struct Peers {
  std::vector<uint32_t> of;  // the peer of each socket; kNone: none was found
  ProvenPairs proven;
};

// `before`: what the listing before this one has proven.
Peers find_peers(const Sockets& sockets, const ProvenPairs& before);

}  // namespace sockscope
