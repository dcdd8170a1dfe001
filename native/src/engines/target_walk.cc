#include "engines/target_walk.h"

#include <bpf/bpf.h>

#include <cstring>
#include <mutex>
#include <utility>

#include "shared/error.h"

namespace sockscope {

namespace {

// One restart: a second kill in the same request is taken as intended.
constexpr int kMaxWalks = 2;

target_value value_of(const DestroyTarget& target, Deadline deadline) {
  target_value value = {};
  value.family = target.family;
  value.protocol = target.protocol;
  value.local_port = target.local_port;
  value.remote_port = target.remote_port;
  std::memcpy(value.local_address, target.local_address, sizeof(value.local_address));
  std::memcpy(value.remote_address, target.remote_address, sizeof(value.remote_address));
  value.expires_ns = std::chrono::nanoseconds(deadline.time_since_epoch()).count();
  value.status = DESTROY_PENDING;
  return value;
}

}  // namespace

bool TargetWalk::reap() {
  if (abandoned_ && abandoned_->reap()) abandoned_.reset();
  return abandoned_.has_value();
}

bool TargetWalk::visit(int netns, const std::vector<DestroyItem>& items, const Errand& errand,
                       WalkTimes times) {
  std::unique_lock<FiberMutex> turn(turn_, times.turn);
  if (!turn || reap()) return false;
  begun_ = Clock::now();
  int error = 0;
  *pending_ = items.size();
  errand.begin();
  for (const DestroyItem& item : items) {
    target_value value = value_of(*item.target, times.walk);
    errand.mark(value);
    if (bpf_map_update_elem(targets_, &item.target->cookie, &value, BPF_ANY) != 0) error = errno;
  }
  for (int tried = 0; error == 0 && tried < kMaxWalks; tried++) {
    error = try_walk(netns, errand.links, times.walk);
    if (error != EINTR) break;
    error = tried + 1 < kMaxWalks ? 0 : error;
  }
  collect(items, error);
  // After the map is cleared: a walk that goes on must find no target.
  if (abandoned_) abandoned_->kill();
  return true;
}

// A walk that cannot begin is no reason to leave targets in the map.
int TargetWalk::try_walk(int netns, const std::vector<int>& links, Deadline deadline) {
  try {
    return walk(netns, links, deadline);
  } catch (const SystemError& error) {
    return error.code();
  }
}

int TargetWalk::walk(int netns, const std::vector<int>& links, Deadline deadline) {
  std::vector<int> kept = links;
  kept.push_back(targets_);
  Walker walker({netns, kept, Process::kWalk, [this, &links] {
                   auto is_over = [this] { return *pending_ == 0; };
                   for (int link : links)
                     read_iterator(
                         link, [](const char*, size_t) {}, is_over);
                 }});
  switch (walker.wait(deadline)) {
    case WalkerEnd::kFinished:
      // Targets visited after the deadline had expired, so those without an answer may still exist.
      return walker.code() == 0 && Clock::now() >= deadline ? ETIMEDOUT : walker.code();
    case WalkerEnd::kKilled:
      return EINTR;
    case WalkerEnd::kTimedOut:
      abandoned_ = std::move(walker);
      return ETIMEDOUT;
  }
  return EINVAL;
}

void TargetWalk::collect(const std::vector<DestroyItem>& items, int error) {
  for (const DestroyItem& item : items) {
    target_value value = {};
    DestroyReply& reply = *item.reply;
    reply.engine = static_cast<uint32_t>(DestroyEngine::kBpf);
    reply.status = DESTROY_PENDING;
    if (bpf_map_lookup_and_delete_elem(targets_, &item.target->cookie, &value) == 0) {
      reply.status = value.status;
    }
    reply.error = reply.status == DESTROY_PENDING ? error : -value.error;
  }
}

}  // namespace sockscope
