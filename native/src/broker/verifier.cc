#include "broker/verifier.h"

#include <netinet/in.h>

#include <cstring>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engines/sock_diag.h"
#include "shared/error.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

using Targets = std::vector<DestroyTarget>;

uint32_t number(Remains remains) { return static_cast<uint32_t>(remains); }

bool has_tuple(const socket_record& row, const DestroyTarget& target) {
  return row.family == target.family && row.local_port == target.local_port &&
         row.remote_port == target.remote_port &&
         std::memcmp(row.local_address, target.local_address, sizeof(row.local_address)) == 0 &&
         std::memcmp(row.remote_address, target.remote_address, sizeof(row.remote_address)) == 0;
}

// Of a row with the target's cookie. A descriptor can be connected again, and keeps its cookie: of TCP, that
// is another connection. A UDP socket that has lost its remote is the same one on its port.
Remains remains_of(const socket_record& row, const DestroyTarget& target) {
  if (row.local_port == 0) return Remains::kNothing;
  if (target.protocol == IPPROTO_UDP) return Remains::kOpen;
  if (row.state == kClose) return Remains::kPort;
  return has_tuple(row, target) ? Remains::kOpen : Remains::kNothing;
}

using Cookies = std::unordered_set<uint64_t>;

// Which of these UDP targets are there. Without its remote, one is found by its port alone; one dump of a
// family for all of them, since each walks over whatever others have.
Cookies find_udp(const Targets& targets) {
  Cookies wanted, found;
  std::set<uint8_t> families;
  for (const DestroyTarget& target : targets) {
    wanted.insert(target.cookie);
    families.insert(target.family);
  }
  SockDiag diag(PortSelection::around(targets));
  for (uint8_t family : families) {
    diag.dump(family, IPPROTO_UDP, [&](const inet_diag_msg& message) {
      if (wanted.count(cookie_of(message)) != 0) found.insert(cookie_of(message));
    });
  }
  return found;
}

bool has_tcp(SockDiag& diag, const DestroyTarget& target) {
  auto found = diag.find(target);
  return found && cookie_of(*found) == target.cookie && same_tuple(*found, target);
}

// What it means that sock_diag does not find a socket.
class Absence {
 public:
  explicit Absence(SockDiag& diag) : diag_(diag) {}

  Remains of(uint16_t protocol) {
    auto [known, is_new] = known_.emplace(protocol, false);
    if (is_new) known->second = diag_.knows(protocol);
    return known->second ? Remains::kNothing : Remains::kUnknown;
  }

 private:
  SockDiag& diag_;
  std::map<uint16_t, bool> known_;
};

// Of the targets at these places, all in the namespace that this is called in.
void look_up_here(const Targets& targets, const std::vector<size_t>& places, uint32_t* remains) {
  Targets udp;
  for (size_t place : places)
    if (targets[place].protocol == IPPROTO_UDP) udp.push_back(targets[place]);
  Cookies found = find_udp(udp);
  SockDiag diag;
  Absence absence(diag);
  for (size_t place : places) {
    const DestroyTarget& target = targets[place];
    bool is_open = target.protocol == IPPROTO_UDP ? found.count(target.cookie) != 0 : has_tcp(diag, target);
    *remains++ = number(is_open ? Remains::kOpen : absence.of(target.protocol));
  }
}

// Of the targets at these places, all in one namespace.
std::vector<uint32_t> look_up(TargetNamespaces& namespaces, uint32_t netns, const Targets& targets,
                              const std::vector<size_t>& places) {
  try {
    return namespaces.read<uint32_t>(netns, places.size(),
                                     [&](uint32_t* remains) { look_up_here(targets, places, remains); });
  } catch (const SystemError&) {
    return std::vector<uint32_t>(places.size(), number(Remains::kUnknown));
  }
}

// Others may hold it than the process that was named, and its port with it: of a closed socket, only the
// tables of processes tell.
bool lacks_listener(const Targets& targets, const std::vector<DestroyReply>& replies) {
  for (size_t at = 0; at < targets.size(); at++)
    if (targets[at].state == kListen && replies[at].remains == number(Remains::kUnknown)) return true;
  return false;
}

}  // namespace

void Verifier::verify(const Targets& targets, std::vector<DestroyReply>& replies,
                      TargetNamespaces& namespaces) {
  try {
    read_owned(targets, replies);
    look_up_others(targets, replies, namespaces);
  } catch (const SystemError&) {
    // They have been destroyed all the same.
  }
}

// A destroyed socket is in the table of its process until that closes it.
void Verifier::read_owned(const Targets& targets, std::vector<DestroyReply>& replies) {
  std::unordered_map<uint64_t, size_t> places;
  for (size_t at = 0; at < targets.size(); at++) places[targets[at].cookie] = at;
  auto add = [&](const socket_record& row) {
    auto found = places.find(row.cookie);
    if (found == places.end() || row.netns != targets[found->second].netns) return;
    replies[found->second].remains = number(remains_of(row, targets[found->second]));
  };
  if (!inventory_.each_of_owners(targets, add) || lacks_listener(targets, replies))
    inventory_.each_owned(PortSelection::around(targets), add);
}

// Those that no process holds, or no longer.
void Verifier::look_up_others(const Targets& targets, std::vector<DestroyReply>& replies,
                              TargetNamespaces& namespaces) {
  std::map<uint32_t, std::vector<size_t>> by_namespace;
  for (size_t at = 0; at < targets.size(); at++)
    if (replies[at].remains == number(Remains::kUnknown)) by_namespace[targets[at].netns].push_back(at);
  std::vector<uint32_t> numbers;
  for (const auto& [netns, places] : by_namespace) numbers.push_back(netns);
  namespaces.expect(numbers);
  for (const auto& [netns, places] : by_namespace) {
    std::vector<uint32_t> found = look_up(namespaces, netns, targets, places);
    for (size_t at = 0; at < places.size(); at++) replies[places[at]].remains = found[at];
  }
}

}  // namespace sockscope
