// The kernel's netlink interface to sockets, as ss uses it.
#pragma once

#include <linux/inet_diag.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engines/port_bytecode.h"
#include "shared/broker_protocol.h"
#include "shared/netlink.h"

namespace sockscope {

constexpr uint32_t kAllStates = 0xffffffff;

// Works on the network namespace that it was made in.
class SockDiag {
 public:
  // Dumps are of these sockets only.
  explicit SockDiag(const PortSelection& selection = {}) : bytecode_(port_bytecode(selection)) {}

  // Whether the kernel has sock_diag for a protocol, which may be a module that it cannot load: without, it
  // says of each socket that it is not there.
  bool knows(uint16_t protocol);

  // Every socket of a family (AF_INET, AF_INET6) and protocol (as in socket_record), in every state. False:
  // the kernel has no sock_diag for it.
  bool dump(uint8_t family, uint16_t protocol, const std::function<void(const inet_diag_msg&)>& each);

  // Every TCP socket of both families in these states, a bit for each number. Half as much work for the
  // kernel as a dump of each family: both go through one table that all namespaces share.
  bool dump_tcp(uint32_t states, const std::function<void(const inet_diag_msg&)>& each);

  // Those with the ports of a target, in full: a message, and its length in bytes with the attributes behind
  // it (tcp_info and the congestion control, of TCP). Waits for the lock of each.
  void dump_like(const DestroyTarget& target, const std::function<void(const inet_diag_msg&, size_t)>& each);

  // The socket that the kernel finds by this tuple and cookie.
  std::optional<inet_diag_msg> find(const DestroyTarget& target);

  // SOCK_DESTROY; 0 or a positive errno. Waits for the lock of the socket.
  int destroy(uint8_t family, uint8_t protocol, const inet_diag_sockid& id);

 private:
  void send(uint16_t type, uint16_t flags, uint16_t protocol, const inet_diag_req_v2& request);
  int receive(bool many, const NetlinkHandler& each);

  NetlinkSocket socket_{NETLINK_SOCK_DIAG};
  std::vector<inet_diag_bc_op> bytecode_;  // empty: all sockets
};

// Bytes of an address.
size_t address_size(uint8_t family);
uint64_t cookie_of(const inet_diag_msg& message);
// The same address, ports, family.
bool same_tuple(const inet_diag_msg& message, const DestroyTarget& target);

// 0 where this kernel and this process can SOCK_DESTROY, else the errno that it fails with. Destroys nothing.
int probe_sock_destroy();

}  // namespace sockscope
