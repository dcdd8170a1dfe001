// Addresses of rows as values that can be compared.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace sockscope {

using Address = std::array<uint8_t, 16>;

// An IPv4 address as the IPv6 address that it is mapped to: both name the same host.
inline Address mapped(uint16_t family, const uint8_t (&bytes)[16]) {
  Address address = {};
  if (family == AF_INET) {
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + 12, bytes, 4);
  } else {
    std::memcpy(address.data(), bytes, sizeof(bytes));
  }
  return address;
}

// Of a mapped address.
inline bool is_loopback(const Address& address) {
  static constexpr Address kIpv6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  static constexpr Address kIpv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
  return address == kIpv6 || std::memcmp(address.data(), kIpv4.data(), 13) == 0;
}

}  // namespace sockscope
