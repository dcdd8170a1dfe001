// Which local addresses of some TCP sockets others have, with the same port.
#pragma once

#include <array>
#include <cstdint>
#include <map>

namespace sockscope {

// IPv4 as ::ffff:a.b.c.d, as a dual-stack socket has it.
using Address = std::array<uint8_t, 16>;
Address mapped(uint16_t family, const uint8_t* address);

// Of one network namespace. As small as what is asked for, whatever others hold.
class PortPlaces {
 public:
  void expect(uint16_t port, const Address& address) { ports_[port].places[address]; }

  // Others have a socket there. One at a wildcard has the port at every address.
  void hold(uint16_t port, const Address& address);

  // Of a place that was expected; another one is held.
  bool is_held(uint16_t port, const Address& address) const;

 private:
  struct Port {
    bool everywhere = false;
    std::map<Address, bool> places;
  };

  std::map<uint16_t, Port> ports_;
};

}  // namespace sockscope
