#include "law/socket_law.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "engines/sock_diag.h"
#include "law/owner_law.h"
#include "law/port_places.h"
#include "scans/socket_dump.h"
#include "scans/target_namespaces.h"
#include "shared/error.h"
#include "shared/kernel_version.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// idiag_timer of time-wait sockets, which may still be called fin-wait-2.
constexpr uint8_t kTimeWaitTimer = 3;
// The usual first one: a time-wait may have been a service's of the machine, whatever the sysctl says now.
constexpr uint16_t kFirstUnprivilegedPort = 1024;
// Before, sock_diag says root of each socket without a file, whoever's it is (sock_i_uid).
const bool kDiagKnowsUidOfFileless = is_kernel_at_least(6, 17);
// Bytes on the way between two ends: more than the largest window that is usual.
constexpr int32_t kMaxInFlight = 64 * 1024 * 1024;

Address local_address(const DestroyTarget& target) { return mapped(target.family, target.local_address); }
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
  return {target.netns, local_address(target), mapped(target.family, target.remote_address),
          target.local_port, target.remote_port};
}

// The engines compare it again, under the lock of the socket.
bool is_same_tuple(const socket_record& row, const DestroyTarget& target) {
  End a = end_of(row), b = end_of(target);
  return !(a < b) && !(b < a);
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
bool can_be_peer(const socket_record& row) {
  return row.protocol == IPPROTO_TCP && is_connected(row.state) && row.snd_nxt != 0 && row.rcv_nxt != 0;
}

// Of time-wait's kind, and with a uid of 0 whoever it belonged to (net/ipv4/inet_diag.c: inet_twsk_diag_fill,
// inet_req_diag_fill).
bool is_minisock(const inet_diag_msg& message) {
  return message.idiag_timer == kTimeWaitTimer || message.idiag_state == kSynRecv ||
         message.idiag_state == kNewSynRecv;
}

// A socket is one, whoever has its cookie.
using SocketKey = std::pair<uint32_t, uint64_t>;
using PortKey = std::pair<uint32_t, uint16_t>;

// What decides about the targets of one request, out of the rows of all owners. None is left out, and
// whatever others hold, it is as small as the request and the served user's own sockets.
class Evidence {
 public:
  // Rows of one target: one of the served user, and one of anybody.
  struct Held {
    std::optional<socket_record> own, any;
    uint32_t owner = 0;  // as its target says
    bool is_with_owner = false;

    const std::optional<socket_record>& row() const { return own ? own : any; }
  };

  Evidence(const Scope& scope, const std::vector<DestroyTarget>& targets)
      : owners_(scope), is_all_(scope.all()) {
    for (const DestroyTarget& target : targets) {
      held_[{target.netns, target.cookie}].owner = target.owner;
      if (target.protocol != IPPROTO_TCP) continue;
      peers_[mirrored(end_of(target))];
      own_[{target.netns, target.local_port}];
      others_[target.netns].expect(target.local_port, local_address(target));
    }
  }

  void add(const socket_record& row) {
    bool is_tcp = row.protocol == IPPROTO_TCP;
    auto held = held_.find({row.netns, row.cookie});
    auto port = is_tcp ? own_.find({row.netns, row.local_port}) : own_.end();
    auto peers = is_tcp && row.remote_port != 0 ? peers_.find(end_of(row)) : peers_.end();
    if (held == held_.end() && port == own_.end() && peers == peers_.end()) return;
    bool own = owners_.is_own(row);
    if (held != held_.end()) keep(held->second, row, own);
    if (port != own_.end() && own) port->second.insert(row.cookie);
    if (port != own_.end() && !own) others_[row.netns].hold(row.local_port, local_address(row));
    if (own && peers != peers_.end()) peers->second.emplace(row.cookie, row);
  }

  // Whether no further row can make more of the targets allowed.
  bool is_enough() const {
    return std::all_of(held_.begin(), held_.end(), [this](const auto& target) {
      const Held& held = target.second;
      return is_all_ ? held.row().has_value() : held.own.has_value();
    });
  }

  const Held& holding(const DestroyTarget& target) const { return held_.at({target.netns, target.cookie}); }

  // Whether the served user holds a peer of the target that fulfils the condition.
  bool has_own_peer(const DestroyTarget& target,
                    const std::function<bool(const socket_record&)>& condition) const {
    auto peers = peers_.find(mirrored(end_of(target)));
    return peers != peers_.end() && std::any_of(peers->second.begin(), peers->second.end(),
                                                [&](const auto& peer) { return condition(peer.second); });
  }

  // Somebody else holds a TCP socket with the local port of a target, at the same address or at all.
  bool is_held_by_others(const DestroyTarget& target) const {
    auto others = others_.find(target.netns);
    return others == others_.end() || others->second.is_held(target.local_port, local_address(target));
  }

  // The served user holds this socket, which has the local port of a target.
  bool is_own(uint32_t netns, uint16_t port, uint64_t cookie) const {
    auto found = own_.find({netns, port});
    return found != own_.end() && found->second.count(cookie) != 0;
  }

 private:
  static void keep(Held& held, const socket_record& row, bool is_own) {
    std::optional<socket_record>& kept = is_own ? held.own : held.any;
    if (!kept) kept = row;
    held.is_with_owner |= row.pid == held.owner;
  }

  OwnerLaw owners_;
  bool is_all_;
  std::map<SocketKey, Held> held_;
  std::map<End, std::map<uint64_t, socket_record>> peers_;  // by cookie
  std::map<PortKey, std::set<uint64_t>> own_;               // cookies
  std::map<uint32_t, PortPlaces> others_;                   // by namespace
};

// What sock_diag knows of a target.
struct Lookup {
  int32_t error;  // of its namespace; 0: it was searched
  bool is_found;
  inet_diag_msg message;
};

// Judges the targets of one request; what it opens and finds out is for them all.
class Judge {
 public:
  // `around`: the sockets that have a port in common with a target.
  Judge(const Scope& scope, TargetNamespaces& namespaces, const Evidence& evidence,
        const PortSelection& around)
      : scope_(scope), namespaces_(namespaces), evidence_(evidence), around_(around) {}

  std::vector<Judgement> judge(const std::vector<DestroyTarget>& targets) {
    look_up_ownerless(targets);
    std::vector<Judgement> judgements;
    for (const DestroyTarget& target : targets) judgements.push_back(judge(target));
    return judgements;
  }

 private:
  Judgement judge(const DestroyTarget& target) {
    const Evidence::Held& held = evidence_.holding(target);
    const std::optional<socket_record>& row = held.row();
    bool is_watchable = scope_.all() || held.own || !held.any;
    if (row && !is_same_tuple(*row, target)) return {Verdict::kChanged, row, is_watchable, false};
    Verdict verdict = scope_.all() ? judge_existence(target, row) : judge_scope(target, held);
    bool is_as_seen = verdict == Verdict::kAllowed && row && held.is_with_owner && row->state == target.state;
    return {verdict, row, is_watchable, is_as_seen};
  }

  // One question for all targets in a namespace.
  void look_up_ownerless(const std::vector<DestroyTarget>& targets) {
    std::map<uint32_t, std::vector<const DestroyTarget*>> by_namespace;
    for (const DestroyTarget& target : targets) {
      if (!evidence_.holding(target).row()) by_namespace[target.netns].push_back(&target);
    }
    std::vector<uint32_t> numbers;
    for (const auto& [netns, there] : by_namespace) numbers.push_back(netns);
    namespaces_.expect(numbers);
    for (const auto& [netns, there] : by_namespace) look_up(netns, there);
  }

  void look_up(uint32_t netns, const std::vector<const DestroyTarget*>& there) {
    std::vector<Lookup> results;
    try {
      results = namespaces_.read<Lookup>(netns, there.size(), [&there](Lookup* lookups) {
        SockDiag diag;
        for (size_t at = 0; at < there.size(); at++) {
          if (auto found = diag.find(*there[at])) lookups[at] = {0, true, *found};
        }
      });
    } catch (const SystemError& error) {
      results.assign(there.size(), {error.code(), false, {}});
    }
    for (size_t at = 0; at < there.size(); at++) lookups_[there[at]] = results[at];
  }

  // The engines check the rest.
  Verdict judge_existence(const DestroyTarget& target, const std::optional<socket_record>& row) {
    if (row) return Verdict::kAllowed;
    const Lookup& lookup = lookups_.at(&target);
    if (lookup.error != 0) return has_lost_holders(lookup.error) ? Verdict::kUnseen : Verdict::kAllowed;
    return lookup.is_found ? Verdict::kAllowed : Verdict::kGone;
  }

  Verdict judge_scope(const DestroyTarget& target, const Evidence::Held& held) {
    if (held.own) return Verdict::kAllowed;
    if (!held.any) return judge_ownerless(target, evidence_.has_own_peer(target, can_be_peer));
    auto is_peer = [&held](const socket_record& peer) { return are_peers(*held.any, peer); };
    return evidence_.has_own_peer(target, is_peer) ? Verdict::kAllowed : Verdict::kDenied;
  }

  Verdict judge_ownerless(const DestroyTarget& target, bool has_covered_peer) {
    const Lookup& lookup = lookups_.at(&target);
    if (lookup.error != 0) return has_lost_holders(lookup.error) ? Verdict::kUnseen : Verdict::kDenied;
    if (!lookup.is_found) return Verdict::kGone;
    const inet_diag_msg& found = lookup.message;
    // Somebody holds it whom the broker cannot see.
    if (found.idiag_inode != 0) return Verdict::kDenied;
    bool is_own = found.idiag_state == kTimeWait
                      ? may_reuse_port(target)
                      : kDiagKnowsUidOfFileless && scope_.covers(found.idiag_uid) && !is_minisock(found);
    return is_own || has_covered_peer ? Verdict::kAllowed : Verdict::kDenied;
  }

  bool may_reuse_port(const DestroyTarget& target) {
    return target.local_port >= kFirstUnprivilegedPort && !is_held_by_others(target);
  }

  // A hidden owner counts as another user.
  bool is_held_by_others(const DestroyTarget& target) {
    if (evidence_.is_held_by_others(target)) return true;
    if (hidden_.count(&target) == 0) find_hidden(target.netns);
    return hidden_.at(&target);
  }

  // Whether a TCP socket with a file that is not known to be the user's has their port; true, where that
  // cannot be read. One dump for all targets in a namespace: each client's time-wait has a port of its own.
  void find_hidden(uint32_t netns) {
    std::vector<const DestroyTarget*> there;
    for (const auto& [target, lookup] : lookups_) {
      if (target->netns == netns) there.push_back(target);
    }
    std::vector<uint8_t> held;
    auto fill = [&](uint8_t* results) { dump_hidden(there, results); };
    try {
      held = namespaces_.read<uint8_t>(netns, there.size(), fill);
    } catch (const SystemError&) {
      held.assign(there.size(), 1);
    }
    for (size_t at = 0; at < there.size(); at++) hidden_[there[at]] = held[at] != 0;
  }

  void dump_hidden(const std::vector<const DestroyTarget*>& there, uint8_t* held) const {
    PortPlaces places;
    for (const DestroyTarget* target : there) places.expect(target->local_port, local_address(*target));
    bool was_dumped = SockDiag(around_).dump_tcp(kAllStates, [&](const inet_diag_msg& message) {
      uint16_t port = ntohs(message.id.idiag_sport);
      bool is_own = evidence_.is_own(there[0]->netns, port, listed_cookie_of(message, IPPROTO_TCP));
      if (message.idiag_inode != 0 && !is_own)
        places.hold(port,
                    mapped(message.idiag_family, reinterpret_cast<const uint8_t*>(message.id.idiag_src)));
    });
    if (!was_dumped) throw SystemError("sock_diag dump", EPROTONOSUPPORT);
    for (size_t at = 0; at < there.size(); at++)
      held[at] = places.is_held(there[at]->local_port, local_address(*there[at]));
  }

  const Scope& scope_;
  TargetNamespaces& namespaces_;
  const Evidence& evidence_;
  const PortSelection& around_;
  std::map<const DestroyTarget*, Lookup> lookups_;  // of those that no visible process holds
  std::map<const DestroyTarget*, bool> hidden_;
};

}  // namespace

bool are_peers(const socket_record& a, const socket_record& b) {
  bool is_mirrored = !(end_of(a) < mirrored(end_of(b))) && !(mirrored(end_of(b)) < end_of(a));
  return is_mirrored && can_be_peer(a) && can_be_peer(b) && is_near(a.snd_nxt, b.rcv_nxt) &&
         is_near(b.snd_nxt, a.rcv_nxt);
}

std::vector<Judgement> SocketLaw::judge(const std::vector<DestroyTarget>& targets) {
  PortSelection around = PortSelection::around(targets);
  Evidence evidence(scope_, targets);
  RowVisitor add = [&evidence](const socket_record& row) { evidence.add(row); };
  // What is denied, or has no owner, takes all rows.
  inventory_.each_of_owners(targets, add);
  if (!evidence.is_enough()) inventory_.each_owned(around, add);
  TargetNamespaces namespaces(inventory_, reader_);
  return Judge(scope_, namespaces, evidence, around).judge(targets);
}

}  // namespace sockscope
