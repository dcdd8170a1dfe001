#include "join/peers.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "join/addresses.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

struct Endpoint {
  Address address;
  uint16_t port;

  bool operator<(const Endpoint& other) const {
    int order = std::memcmp(address.data(), other.address.data(), address.size());
    return order != 0 ? order < 0 : port < other.port;
  }
};

// The same from either end.
struct Tuple {
  uint32_t netns;  // 0: of any namespace
  uint32_t protocol;
  Endpoint first;
  Endpoint second;

  bool operator==(const Tuple& other) const { return std::memcmp(this, &other, sizeof(Tuple)) == 0; }
};

// One end of a connection. `side`: which of the tuple's ends it is, and which its peer: the same where it is
// connected to itself.
struct End {
  uint32_t socket;
  uint8_t side;
  uint8_t other_side;
  Tuple tuple;
};

// Any user may bind a foreign address (IP_FREEBIND) and connect to one end of another user's connection. The
// tuple is then mirrored, but the handshake never succeeds, and after it has failed the socket keeps the
// tuple until it is closed. So a TCP socket counts as an end only in states after a handshake.
bool is_end(const socket_record& record) {
  if (record.remote_port == 0) return false;
  if (record.protocol == IPPROTO_UDP) return true;
  if (record.protocol != IPPROTO_TCP) return false;
  switch (record.state) {
    case kEstablished:
    case kFinWait1:
    case kFinWait2:
    case kCloseWait:
    case kLastAck:
    case kClosing:
    case kTimeWait:
      return true;
    default:
      return false;
  }
}

End end_of(uint32_t socket, const socket_record& record) {
  Endpoint local = {mapped(record.family, record.local_address), record.local_port};
  Endpoint remote = {mapped(record.family, record.remote_address), record.remote_port};
  if (remote < local) return {socket, 1, 0, {record.netns, record.protocol, remote, local}};
  uint8_t other_side = local < remote ? 1 : 0;
  return {socket, 0, other_side, {record.netns, record.protocol, local, remote}};
}

// Loopback addresses stay in their own namespace.
bool leaves_its_namespace(const socket_record& record) {
  return !is_loopback(mapped(record.family, record.local_address));
}

// 0 is not known, or forged: TCP_REPAIR makes a connection with any tuple and sequence numbers 0, in one's
// own namespace.
bool has_sequence(const socket_record& record) { return record.snd_nxt != 0 && record.rcv_nxt != 0; }

// Bytes in flight between two ends: more than the largest usual window.
constexpr int64_t kMaxInFlight = 64 * 1024 * 1024;

// Sequence numbers wrap around.
bool is_near(uint32_t sent, uint32_t received) {
  return std::abs(int64_t{static_cast<int32_t>(sent - received)}) <= kMaxInFlight;
}

// Addresses repeat across namespaces, and a user may choose any for a namespace of his own. But the sequence
// numbers of the two ends of one connection agree, up to the bytes in flight.
bool sequences_agree(const socket_record& a, const socket_record& b) {
  return has_sequence(a) && has_sequence(b) && is_near(a.snd_nxt, b.rcv_nxt) && is_near(b.snd_nxt, a.rcv_nxt);
}

class PeerFinder {
 public:
  PeerFinder(const Sockets& sockets, const ProvenPairs& before)
      : sockets_(sockets), before_(before), peers_({std::vector<uint32_t>(sockets.size(), kNone), {}}) {}

  Peers find() {
    std::vector<End> ends;
    for (uint32_t socket = 0; socket < sockets_.size(); socket++)
      if (is_end(sockets_.record(socket))) ends.push_back(end_of(socket, sockets_.record(socket)));
    pair_by_tuple(ends);
    drop_paired(ends);
    std::vector<End> apart;
    for (End end : ends) {
      end.tuple.netns = 0;
      if (leaves_its_namespace(sockets_.record(end.socket))) apart.push_back(end);
    }
    pair_by_tuple(apart);
    drop_paired(ends);
    pair_by_sequence(ends);
    return std::move(peers_);
  }

 private:
  // The sockets with one tuple, by their side; kSeveral: the tuple identifies none of them.
  struct Pair {
    Tuple tuple;
    std::array<uint32_t, 2> sockets = {kNone, kNone};
  };
  static constexpr uint32_t kSeveral = kNone - 1;
  using SocketsByNumber = std::unordered_map<uint64_t, uint32_t, NumberHash>;

  void pair_by_tuple(const std::vector<End>& ends) {
    HashIndex index(ends.size());
    std::vector<Pair> pairs;
    std::vector<uint32_t> pair_of;
    for (const End& end : ends) {
      uint32_t next = static_cast<uint32_t>(pairs.size());
      uint32_t pair = index.find_or_add(hash_of_key(end.tuple), next,
                                        [&](uint32_t one) { return pairs[one].tuple == end.tuple; });
      if (pair == next) pairs.push_back({end.tuple});
      uint32_t& here = pairs[pair].sockets[end.side];
      here = here == kNone ? end.socket : kSeveral;
      pair_of.push_back(pair);
    }
    for (size_t at = 0; at < ends.size(); at++) {
      uint32_t peer = pairs[pair_of[at]].sockets[ends[at].other_side];
      if (peer != kNone && peer != kSeveral && belong_together(ends[at].socket, peer))
        peers_.of[ends[at].socket] = peer;
    }
  }

  bool belong_together(uint32_t a, uint32_t b) const {
    const socket_record &near = sockets_.record(a), &far = sockets_.record(b);
    return near.netns == far.netns || sequences_agree(near, far);
  }

  void drop_paired(std::vector<End>& ends) const {
    auto is_paired = [this](const End& end) { return peers_.of[end.socket] != kNone; };
    ends.erase(std::remove_if(ends.begin(), ends.end(), is_paired), ends.end());
  }

  // Address translation (a container's published port) changes the tuple, but not the sequence numbers.
  void pair_by_sequence(const std::vector<End>& ends) {
    SocketsByNumber expecting;  // by what the end expects and has sent
    SocketsByNumber by_cookie;
    for (const End& end : ends) {
      const socket_record& record = sockets_.record(end.socket);
      if (!has_sequence(record)) continue;
      auto [found, is_new] = expecting.emplace(both(record.rcv_nxt, record.snd_nxt), end.socket);
      if (!is_new) found->second = kSeveral;
      by_cookie.emplace(record.cookie, end.socket);
    }
    for (const auto& [cookie, socket] : by_cookie) {
      const socket_record& record = sockets_.record(socket);
      auto mirrored = expecting.find(both(record.snd_nxt, record.rcv_nxt));
      uint32_t peer = mirrored != expecting.end() && mirrored->second != kSeveral
                          ? mirrored->second
                          : proven_peer(cookie, by_cookie);
      if (peer == kNone || peer == socket) continue;
      peers_.of[socket] = peer;
      peers_.proven.emplace(cookie, sockets_.record(peer).cookie);
    }
  }

  static uint64_t both(uint32_t a, uint32_t b) { return uint64_t{a} << 32 | b; }

  uint32_t proven_peer(uint64_t cookie, const SocketsByNumber& by_cookie) const {
    auto proven = before_.find(cookie);
    if (proven == before_.end()) return kNone;
    auto peer = by_cookie.find(proven->second);
    return peer == by_cookie.end() ? kNone : peer->second;
  }

  const Sockets& sockets_;
  const ProvenPairs& before_;
  Peers peers_;
};

}  // namespace

Peers find_peers(const Sockets& sockets, const ProvenPairs& before) {
  return PeerFinder(sockets, before).find();
}

}  // namespace sockscope
