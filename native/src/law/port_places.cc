#include "law/port_places.h"

#include <sys/socket.h>

#include <cstring>

namespace sockscope {

namespace {

constexpr Address kAnyIpv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr Address kAnyIpv6 = {};

}  // namespace

Address mapped(uint16_t family, const uint8_t* address) {
  if (family != AF_INET6) {
    Address result = kAnyIpv4;
    std::memcpy(result.data() + 12, address, 4);
    return result;
  }
  Address result;
  std::memcpy(result.data(), address, result.size());
  return result;
}

void PortPlaces::hold(uint16_t port, const Address& address) {
  auto found = ports_.find(port);
  if (found == ports_.end()) return;
  auto& [everywhere, places] = found->second;
  if (address == kAnyIpv4 || address == kAnyIpv6) everywhere = true;
  if (auto place = places.find(address); place != places.end()) place->second = true;
}

bool PortPlaces::is_held(uint16_t port, const Address& address) const {
  auto found = ports_.find(port);
  if (found == ports_.end() || found->second.everywhere) return true;
  auto place = found->second.places.find(address);
  return place == found->second.places.end() || place->second;
}

}  // namespace sockscope
