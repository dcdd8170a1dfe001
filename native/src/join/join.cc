#include "join/join.h"

#include <stdexcept>

#include "join/mptcp_paths.h"

namespace sockscope {

namespace {

const ProvenPairs kNothingProven;

uint32_t same_before(const Sockets& now, uint32_t socket, const Sockets& before) {
  uint32_t other = before.find(now.record(socket).cookie);
  return other != kNone && now.same(socket, before, other) ? other : kNone;
}

}  // namespace

Join::Join(Rows rows, const Join* before, bool compares)
    : sockets_(rows),
      programs_(rows),
      peers_(find_peers(sockets_, before ? before->peers_.proven : kNothingProven)),
      queues_(find_accept_queues(sockets_)) {
  std::vector<uint32_t> wholes = find_wholes(sockets_);
  joined_.reserve(sockets_.size());
  for (uint32_t socket = 0; socket < sockets_.size(); socket++) {
    const Grouped& grouped = sockets_[socket];
    uint32_t same_as = before && compares ? same_before(sockets_, socket, before->sockets_) : kNone;
    joined_.push_back({grouped.row, grouped.owners.begin, grouped.owners.count, peers_.of[socket],
                       queues_.of[socket], wholes[socket], same_as, kNone, 0});
  }
}

std::vector<uint32_t> Join::hidden() const {
  std::vector<uint32_t> found;
  for (uint32_t socket = 0; socket < sockets_.size(); socket++)
    if (has_hidden_owner(sockets_, socket)) found.push_back(socket);
  return found;
}

void Join::describe(const Surroundings& surroundings) {
  if (surroundings.carries_session.size() != programs_.size() ||
      surroundings.containers.size() != programs_.size() || surroundings.sizes.size() != programs_.size())
    throw std::out_of_range("programs of another listing");
  process_sizes_ = surroundings.sizes;
  find_containers(surroundings);
  find_lifeline(surroundings);
  // The kernel's own carry no session of a user.
  for (uint32_t socket : surroundings.kernels) joined_.at(socket).flags = kKernels;
}

bool Join::carries_session(uint32_t socket, const Surroundings& surroundings) const {
  const Part& owners = sockets_[socket].owners;
  for (uint32_t at = owners.begin; at < owners.begin + owners.count; at++)
    if (surroundings.carries_session[programs_.of_rows()[sockets_.owner_rows()[at]]]) return true;
  return false;
}

// The first that an owner is in.
uint32_t Join::container_of_owners(uint32_t socket, const Surroundings& surroundings) const {
  const Part& owners = sockets_[socket].owners;
  for (uint32_t at = owners.begin; at < owners.begin + owners.count; at++) {
    uint32_t container = surroundings.containers[programs_.of_rows()[sockets_.owner_rows()[at]]];
    if (container != kNone) return container;
  }
  return kNone;
}

void Join::find_containers(const Surroundings& surroundings) {
  containers_.clear();
  for (uint32_t socket = 0; socket < sockets_.size(); socket++) {
    joined_[socket].container = container_of_owners(socket, surroundings);
    uint32_t netns = sockets_.record(socket).netns;
    if (joined_[socket].container != kNone && netns != surroundings.own_netns)
      containers_.emplace(netns, joined_[socket].container);
  }
  if (containers_.empty()) return;
  for (uint32_t socket = 0; socket < sockets_.size(); socket++) {
    if (joined_[socket].container != kNone) continue;
    auto found = containers_.find(sockets_.record(socket).netns);
    if (found != containers_.end()) joined_[socket].container = found->second;
  }
}

// Sockets of session carriers, also before they are accepted, and their peers in the same network namespace:
// one's own namespace may hold forged ends. Where every owner is seen, a socket with a hidden owner (a
// process of an outer pid namespace, or the kernel) counts as well, since it may carry a session; but not its
// peer: anybody can hide his end (a descriptor that is on its way).
void Join::find_lifeline(const Surroundings& surroundings) {
  std::vector<bool> queue_carries;
  for (const AcceptQueue& queue : queues_.queues) {
    bool carries = false;
    for (uint32_t listener : queue.listeners) carries = carries || carries_session(listener, surroundings);
    queue_carries.push_back(carries);
  }
  for (joined_socket& socket : joined_) socket.flags = 0;
  for (uint32_t at = 0; at < sockets_.size(); at++) {
    joined_socket& socket = joined_[at];
    if (surroundings.sees_every_owner && has_hidden_owner(sockets_, at)) socket.flags |= kLifeline;
    bool waits_for_carrier = socket.queue != kNone && queue_carries[socket.queue];
    if (!waits_for_carrier && !carries_session(at, surroundings)) continue;
    socket.flags |= kLifeline;
    if (socket.peer != kNone && sockets_.record(socket.peer).netns == sockets_.record(at).netns)
      joined_[socket.peer].flags |= kLifeline;
  }
}

}  // namespace sockscope
