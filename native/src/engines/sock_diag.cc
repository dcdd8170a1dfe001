#include "engines/sock_diag.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <cstring>
#include <utility>

#include "shared/error.h"
#include "shared/process.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// A message to the kernel: its header, its body, and attributes. The sizes of all parts are multiples of
// four.
class Request {
 public:
  template <typename Body>
  Request(uint16_t type, uint16_t flags, const Body& body) : bytes_(sizeof(nlmsghdr)) {
    header().nlmsg_type = type;
    header().nlmsg_flags = NLM_F_REQUEST | flags;
    append(&body, sizeof(body));
  }

  template <typename Value>
  void add(uint16_t type, const std::vector<Value>& values) {
    if (values.empty()) return;
    size_t length = values.size() * sizeof(Value);
    nlattr attribute = {static_cast<uint16_t>(sizeof(attribute) + length), type};
    append(&attribute, sizeof(attribute));
    append(values.data(), length);
  }

  nlmsghdr& whole() {
    header().nlmsg_len = bytes_.size();
    return header();
  }

 private:
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  void append(const void* data, size_t length) {
    auto* start = static_cast<const char*>(data);
    bytes_.insert(bytes_.end(), start, start + length);
  }

  std::vector<char> bytes_;
};

inet_diag_sockid id_of(const DestroyTarget& target) {
  inet_diag_sockid id = {};
  id.idiag_sport = htons(target.local_port);
  id.idiag_dport = htons(target.remote_port);
  std::memcpy(id.idiag_src, target.local_address, address_size(target.family));
  std::memcpy(id.idiag_dst, target.remote_address, address_size(target.family));
  id.idiag_cookie[0] = static_cast<uint32_t>(target.cookie);
  id.idiag_cookie[1] = static_cast<uint32_t>(target.cookie >> 32);
  return id;
}

// Asked for one UDP socket, and only then, the kernel takes source and destination the other way round
// (net/ipv4/udp_diag.c: udp_dump_one).
inet_diag_sockid swapped(inet_diag_sockid id) {
  std::swap(id.idiag_sport, id.idiag_dport);
  for (int word = 0; word < 4; word++) std::swap(id.idiag_src[word], id.idiag_dst[word]);
  return id;
}

uint8_t extension(int attribute) { return 1 << (attribute - 1); }

uint32_t states_like(uint32_t state) {
  if (state > kBoundInactive) return kAllStates;
  return 1u << state | (state == kClose ? 1u << kBoundInactive : 0);
}

// This kernel has no sock_diag for the protocol (raw_diag and mptcp_diag are options), or not the protocol.
bool is_unknown_protocol(int error) {
  return error == ENOENT || error == EOPNOTSUPP || error == EPROTONOSUPPORT;
}

bool was_dumped(int error) {
  if (error != 0 && !is_unknown_protocol(error)) throw SystemError("sock_diag dump", error);
  return error == 0;
}

}  // namespace

size_t address_size(uint8_t family) { return family == AF_INET ? 4 : 16; }

void SockDiag::send(uint16_t type, uint16_t flags, uint16_t protocol, const inet_diag_req_v2& body) {
  inet_diag_req_v2 numbered = body;
  // The request itself has only eight bits for the protocol; a larger one goes behind it (Linux 5.9).
  bool is_wide = protocol > UINT8_MAX;
  numbered.sdiag_protocol = is_wide ? 0 : protocol;
  Request request(type, flags, numbered);
  if (is_wide) request.add(INET_DIAG_REQ_PROTOCOL, std::vector<uint32_t>{protocol});
  if (flags & NLM_F_DUMP) request.add(INET_DIAG_REQ_BYTECODE, bytecode_);
  socket_.send(request.whole());
}

int SockDiag::receive(bool many, const NetlinkHandler& each) {
  return socket_.receive(SOCK_DIAG_BY_FAMILY, many, each);
}

// No socket is in none of the states.
bool SockDiag::knows(uint16_t protocol) {
  inet_diag_req_v2 request = {};
  request.sdiag_family = AF_INET;
  send(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, protocol, request);
  return !is_unknown_protocol(receive(true, [](const NetlinkMessage&) {}));
}

bool SockDiag::dump(uint8_t family, uint16_t protocol,
                    const std::function<void(const inet_diag_msg&)>& each) {
  inet_diag_req_v2 request = {};
  request.sdiag_family = family;
  request.idiag_states = kAllStates;
  send(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, protocol, request);
  int error = receive(true, [&each](const NetlinkMessage& message) { each(message.as<inet_diag_msg>()); });
  return was_dumped(error);
}

// Only the older request knows "any family"; it is of TCP (net/ipv4/inet_diag.c: inet_diag_dump_compat).
bool SockDiag::dump_tcp(uint32_t states, const std::function<void(const inet_diag_msg&)>& each) {
  inet_diag_req body = {};
  body.idiag_states = states;
  Request request(TCPDIAG_GETSOCK, NLM_F_DUMP, body);
  request.add(INET_DIAG_REQ_BYTECODE, bytecode_);
  socket_.send(request.whole());
  int error = socket_.receive(TCPDIAG_GETSOCK, true,
                              [&each](const NetlinkMessage& message) { each(message.as<inet_diag_msg>()); });
  return was_dumped(error);
}

void SockDiag::dump_like(const DestroyTarget& target,
                         const std::function<void(const inet_diag_msg&, size_t)>& each) {
  inet_diag_req_v2 request = {};
  request.sdiag_family = target.family;
  request.idiag_ext = extension(INET_DIAG_INFO) | extension(INET_DIAG_CONG);
  // Without a remote port every connection of a server has these ports, too.
  request.idiag_states = target.remote_port ? kAllStates : states_like(target.state);
  request.id.idiag_sport = htons(target.local_port);
  request.id.idiag_dport = htons(target.remote_port);
  send(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, target.protocol, request);
  int error = receive(
      true, [&each](const NetlinkMessage& message) { each(message.as<inet_diag_msg>(), message.length); });
  if (is_unknown_protocol(error)) error = EPROTONOSUPPORT;
  if (error != 0) throw SystemError("sock_diag dump", error);
}

std::optional<inet_diag_msg> SockDiag::find(const DestroyTarget& target) {
  inet_diag_req_v2 request = {};
  request.sdiag_family = target.family;
  request.idiag_states = kAllStates;
  request.id = target.protocol == IPPROTO_UDP ? swapped(id_of(target)) : id_of(target);
  send(SOCK_DIAG_BY_FAMILY, 0, target.protocol, request);
  std::optional<inet_diag_msg> found;
  receive(false, [&found](const NetlinkMessage& message) { found = message.as<inet_diag_msg>(); });
  return found;
}

int SockDiag::destroy(uint8_t family, uint8_t protocol, const inet_diag_sockid& id) {
  inet_diag_req_v2 request = {};
  request.sdiag_family = family;
  request.id = id;
  send(SOCK_DESTROY, NLM_F_ACK, protocol, request);
  return receive(false, [](const NetlinkMessage&) {});
}

uint64_t cookie_of(const inet_diag_msg& message) {
  return message.id.idiag_cookie[0] | (uint64_t{message.id.idiag_cookie[1]} << 32);
}

bool same_tuple(const inet_diag_msg& message, const DestroyTarget& target) {
  const inet_diag_sockid& id = message.id;
  return message.idiag_family == target.family && ntohs(id.idiag_sport) == target.local_port &&
         ntohs(id.idiag_dport) == target.remote_port &&
         std::memcmp(id.idiag_src, target.local_address, address_size(target.family)) == 0 &&
         std::memcmp(id.idiag_dst, target.remote_address, address_size(target.family)) == 0;
}

int probe_sock_destroy() {
  // The kernel searches the socket first and checks the privilege only after it has found one.
  if (!has_capability(CAP_NET_ADMIN)) return EPERM;
  SockDiag diag;
  if (!diag.knows(IPPROTO_TCP)) return EPROTONOSUPPORT;
  // No socket has cookie 0 or port 0.
  int error = diag.destroy(AF_INET, IPPROTO_TCP, {});
  return error == ENOENT ? 0 : error;
}

}  // namespace sockscope
