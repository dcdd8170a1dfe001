#include "law/socket_law.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "engines/sock_diag.h"
#include "scans/socket_dump.h"
#include "shared/error.h"
#include "shared/net_namespace.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

constexpr uint16_t kFirstUnprivilegedPort = 1024;
// idiag_timer of time-wait sockets, which may still be called fin-wait-2.
constexpr uint8_t kTimeWaitTimer = 3;
// Bytes on the way between two ends: more than the largest window that is usual.
constexpr int32_t kMaxInFlight = 64 * 1024 * 1024;

using Address = std::array<uint8_t, 16>;

// IPv4 as ::ffff:a.b.c.d, as a dual-stack socket has it.
Address mapped(uint16_t family, const uint8_t* address) {
  Address result = {};
  if (family == AF_INET6) {
    std::memcpy(result.data(), address, result.size());
  } else {
    result[10] = result[11] = 0xff;
    std::memcpy(result.data() + 12, address, 4);
  }
  return result;
}

Address local_address(const socket_record& row) { return mapped(row.family, row.local_address); }
Address remote_address(const socket_record& row) { return mapped(row.family, row.remote_address); }

// A tuple as one end has it.
struct End {
  uint32_t netns;
  Address local, remote;
  uint16_t local_port, remote_port;

  bool operator<(const End& other) const { return key() < other.key(); }

 private:
  std::tuple<uint32_t, uint16_t, uint16_t, const Address&, const Address&> key() const {
    return {netns, local_port, remote_port, local, remote};
  }
};

End end_of(const socket_record& row) {
  return {row.netns, local_address(row), remote_address(row), row.local_port, row.remote_port};
}

End end_of(const DestroyTarget& target) {
  return {target.netns, mapped(target.family, target.local_address),
          mapped(target.family, target.remote_address), target.local_port, target.remote_port};
}

End mirrored(const End& end) { return {end.netns, end.remote, end.local, end.remote_port, end.local_port}; }

// Its handshake is over: before, and after one that failed, anybody can have made the tuple (IP_FREEBIND).
bool is_connected(uint8_t state) {
  return state == kEstablished || state == kFinWait1 || state == kFinWait2 || state == kCloseWait ||
         state == kLastAck || state == kClosing;
}

bool is_near(uint32_t sent, uint32_t expected) {
  auto distance = static_cast<int32_t>(sent - expected);
  return distance >= -kMaxInFlight && distance <= kMaxInFlight;
}

// Whose tuple names its peer, if that is in the same namespace. Sequence numbers are 0 where TCP_REPAIR made
// it up.
bool can_be_peer(const socket_record* row) {
  return row->protocol == IPPROTO_TCP && is_connected(row->state) && row->snd_nxt != 0 && row->rcv_nxt != 0;
}

// Of time-wait's kind, and with a uid of 0 whoever it belonged to (net/ipv4/inet_diag.c: inet_twsk_diag_fill,
// inet_req_diag_fill).
bool is_minisock(const inet_diag_msg& message) {
  return message.idiag_timer == kTimeWaitTimer || message.idiag_state == kSynRecv ||
         message.idiag_state == kNewSynRecv;
}

using Rows = std::vector<const socket_record*>;

Rows rows_of(const std::map<uint64_t, Rows>& by_cookie, const DestroyTarget& target) {
  auto found = by_cookie.find(target.cookie);
  Rows rows = found == by_cookie.end() ? Rows() : found->second;
  auto is_elsewhere = [&target](const socket_record* row) { return row->netns != target.netns; };
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_elsewhere), rows.end());
  return rows;
}

}  // namespace

bool are_peers(const socket_record& a, const socket_record& b) {
  bool is_mirrored = a.protocol == IPPROTO_TCP && b.protocol == IPPROTO_TCP &&
                     !(end_of(a) < mirrored(end_of(b))) && !(mirrored(end_of(b)) < end_of(a));
  bool is_known = a.snd_nxt != 0 && a.rcv_nxt != 0 && b.snd_nxt != 0 && b.rcv_nxt != 0;
  return is_mirrored && is_known && is_connected(a.state) && is_connected(b.state) &&
         is_near(a.snd_nxt, b.rcv_nxt) && is_near(b.snd_nxt, a.rcv_nxt);
}

std::vector<Verdict> SocketLaw::judge(const std::vector<DestroyTarget>& targets) {
  if (scope_.all()) return std::vector<Verdict>(targets.size(), Verdict::kAllowed);
  rows_ = lister_ ? lister_->list() : inventory_.list().owned;
  std::map<uint64_t, Rows> by_cookie;
  std::map<End, Rows> by_end;
  for (const socket_record& row : rows_) {
    by_cookie[row.cookie].push_back(&row);
    if (row.protocol == IPPROTO_TCP && row.remote_port != 0) by_end[end_of(row)].push_back(&row);
  }
  auto is_covered = [this](const socket_record* row) { return scope_.covers(row->owner_uid); };
  // The covered ends that mirror this one.
  auto peers_of = [&](const End& end) {
    auto found = by_end.find(mirrored(end));
    Rows peers = found == by_end.end() ? Rows() : found->second;
    peers.erase(std::remove_if(peers.begin(), peers.end(), [&](auto* row) { return !is_covered(row); }),
                peers.end());
    return peers;
  };
  std::vector<Verdict> verdicts;
  for (const DestroyTarget& target : targets) {
    Rows own = rows_of(by_cookie, target), peers = peers_of(end_of(target));
    auto is_peer = [&own](const socket_record* peer) { return are_peers(*own.front(), *peer); };
    if (own.empty()) {
      verdicts.push_back(judge_ownerless(target, std::any_of(peers.begin(), peers.end(), can_be_peer)));
    } else {
      bool allowed =
          std::any_of(own.begin(), own.end(), is_covered) || std::any_of(peers.begin(), peers.end(), is_peer);
      verdicts.push_back(allowed ? Verdict::kAllowed : Verdict::kDenied);
    }
  }
  rows_.clear();
  return verdicts;
}

Verdict SocketLaw::judge_ownerless(const DestroyTarget& target, bool has_covered_peer) {
  UniqueFd home = open_own_namespace(), there = inventory_.open(target.netns);
  NamespaceVisit visit(there.get(), home.get());
  std::optional<inet_diag_msg> found = SockDiag().find(target);
  if (!found) return Verdict::kGone;
  // Somebody holds it whom the broker cannot see.
  if (found->idiag_inode != 0) return Verdict::kDenied;
  bool is_time_wait = found->idiag_state == kTimeWait;
  bool allowed =
      (target.protocol == IPPROTO_TCP && has_covered_peer) ||
      (is_time_wait ? may_reuse_port(target) : scope_.covers(found->idiag_uid) && !is_minisock(*found));
  return allowed ? Verdict::kAllowed : Verdict::kDenied;
}

// A hidden owner counts as another user.
bool SocketLaw::may_reuse_port(const DestroyTarget& target) {
  if (target.local_port < kFirstUnprivilegedPort) return false;
  std::set<uint64_t> visible;
  for (const socket_record& row : rows_) {
    if (row.netns != target.netns || row.protocol != target.protocol || row.local_port != target.local_port)
      continue;
    if (!scope_.covers(row.owner_uid)) return false;
    visible.insert(row.cookie);
  }
  bool hidden = false;
  // The kernel does not compare the port of sockets that are bound only (inet_diag_dump_icsk).
  auto is_hidden = [&](const inet_diag_msg& message) {
    return ntohs(message.id.idiag_sport) == target.local_port && message.idiag_inode != 0 &&
           visible.count(listed_cookie_of(message, target.protocol)) == 0;
  };
  for (uint16_t family : {AF_INET, AF_INET6}) {
    DestroyTarget port = target;
    port.family = family;
    port.remote_port = 0;
    port.state = UINT32_MAX;
    SockDiag().dump_like(
        port, [&](const inet_diag_msg& message, size_t) { hidden = hidden || is_hidden(message); });
  }
  return !hidden;
}

}  // namespace sockscope
