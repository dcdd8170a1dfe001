#include "join/accept_queues.h"

#include <netinet/in.h>

#include <set>
#include <utility>

#include "join/addresses.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// States before accept(). In other states a connection without a file is an orphan.
bool is_queued(const socket_record& record) {
  if (record.inode != 0 || record.protocol != IPPROTO_TCP) return false;
  return record.state == kEstablished || record.state == kCloseWait || record.state == kSynRecv ||
         record.state == kNewSynRecv;
}

bool is_listener(const socket_record& record) {
  return record.protocol == IPPROTO_TCP && record.state == kListen;
}

// Where a connection arrives.
struct Place {
  uint32_t netns;
  uint16_t port;
  uint16_t family;
  Address address;

  bool operator==(const Place& other) const {
    return netns == other.netns && port == other.port && family == other.family && address == other.address;
  }
};

Place place_of(const socket_record& record) {
  return {record.netns, record.local_port, record.family, mapped(record.family, record.local_address)};
}

// The listeners of each place are one queue.
class QueueFinder {
 public:
  explicit QueueFinder(const Sockets& sockets)
      : sockets_(sockets), found_({std::vector<uint32_t>(sockets.size(), kNone), {}}) {}

  AcceptQueues find() {
    for (uint32_t socket = 0; socket < sockets_.size(); socket++)
      if (is_listener(sockets_.record(socket))) add_listener(socket);
    for (uint32_t socket = 0; socket < sockets_.size(); socket++)
      if (is_queued(sockets_.record(socket))) found_.of[socket] = queue_of(place_of(sockets_.record(socket)));
    for (AcceptQueue& queue : found_.queues) name_owners(queue);
    return std::move(found_);
  }

 private:
  void add_listener(uint32_t socket) {
    Place place = place_of(sockets_.record(socket));
    uint32_t next = static_cast<uint32_t>(places_.size());
    uint32_t queue =
        by_place_.find_or_add(hash_of_key(place), next, [&](uint32_t one) { return places_[one] == place; });
    if (queue == next) {
      places_.push_back(place);
      found_.queues.emplace_back();
    }
    found_.queues[queue].listeners.push_back(socket);
  }

  // As the kernel does, prefers listeners on the exact address to those on the wildcard, of its own family
  // first. kNone: nobody listens there.
  uint32_t queue_of(const Place& place) const {
    uint32_t queue = queue_at(place);
    if (queue == kNone) queue = queue_at(wildcard(place, place.family));
    if (queue == kNone) queue = queue_at(wildcard(place, place.family == AF_INET ? AF_INET6 : AF_INET));
    return queue;
  }

  static Place wildcard(const Place& place, uint16_t family) {
    static constexpr uint8_t kAny[16] = {};
    return {place.netns, place.port, family, mapped(family, kAny)};
  }

  uint32_t queue_at(const Place& place) const {
    return by_place_.find(hash_of_key(place), [&](uint32_t one) { return places_[one] == place; });
  }

  void name_owners(AcceptQueue& queue) const {
    std::set<std::pair<uint32_t, uint64_t>> processes;
    for (uint32_t listener : queue.listeners) {
      const Part& owners = sockets_[listener].owners;
      for (uint32_t at = owners.begin; at < owners.begin + owners.count; at++) {
        if (queue.owners.size() == kMaxQueueOwners) return;
        uint32_t row = sockets_.owner_rows()[at];
        const socket_record& owner = sockets_.rows()[row];
        if (processes.emplace(owner.pid, owner.start_time).second) queue.owners.push_back(row);
      }
    }
  }

  const Sockets& sockets_;
  std::vector<Place> places_;  // of the queues
  HashIndex by_place_;
  AcceptQueues found_;
};

}  // namespace

AcceptQueues find_accept_queues(const Sockets& sockets) { return QueueFinder(sockets).find(); }

}  // namespace sockscope
