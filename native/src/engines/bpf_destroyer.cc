#include "engines/bpf_destroyer.h"

#include <bpf/bpf.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "engines/kernel_types.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// One restart: a second kill in the same request is taken as intended.
constexpr int kMaxWalks = 2;

void adapt(bpf_object* object) {
  if (!kernel_has_function("bpf_sock_destroy")) throw SystemError("bpf_sock_destroy (Linux 6.5)", ENOSYS);
  read_directly(object);
}

bool has_protocol(const std::vector<DestroyItem>& items, uint16_t protocol) {
  return std::any_of(items.begin(), items.end(),
                     [protocol](const DestroyItem& item) { return item.target->protocol == protocol; });
}

}  // namespace

BpfDestroyer::BpfDestroyer()
    : object_(destroy_object(), {{}, adapt}),
      tcp_(object_.attach_iterator("destroy_tcp")),
      udp_(object_.attach_iterator("destroy_udp")),
      targets_(object_.map_fd("targets")),
      pending_(object_.variable<uint32_t>(".bss")) {}

bool BpfDestroyer::destroy(int netns, const std::vector<DestroyItem>& items, bool takes_over, Times times) {
  return visit(netns, items, takes_over ? Act::kTakeOver : Act::kDestroy, times);
}

bool BpfDestroyer::inspect(int netns, const std::vector<DestroyItem>& items, Times times) {
  return visit(netns, items, Act::kInspect, times);
}

bool BpfDestroyer::reap() {
  if (abandoned_ && abandoned_->reap()) abandoned_.reset();
  return abandoned_.has_value();
}

target_value BpfDestroyer::value_of(const DestroyTarget& target, Act act, Deadline deadline) {
  target_value value = {};
  value.family = target.family;
  value.protocol = target.protocol;
  value.local_port = target.local_port;
  value.remote_port = target.remote_port;
  std::memcpy(value.local_address, target.local_address, sizeof(value.local_address));
  std::memcpy(value.remote_address, target.remote_address, sizeof(value.remote_address));
  value.expires_ns = std::chrono::nanoseconds(deadline.time_since_epoch()).count();
  value.status = DESTROY_PENDING;
  value.inspects = act == Act::kInspect;
  value.takes_over = act == Act::kTakeOver;
  return value;
}

bool BpfDestroyer::visit(int netns, const std::vector<DestroyItem>& items, Act act, Times times) {
  std::unique_lock<FiberMutex> turn(turn_, times.turn);
  if (!turn || reap()) return false;
  begun_ = Clock::now();
  int error = 0;
  *pending_ = items.size();
  for (const DestroyItem& item : items) {
    target_value value = value_of(*item.target, act, times.walk);
    if (bpf_map_update_elem(targets_, &item.target->cookie, &value, BPF_ANY) != 0) error = errno;
  }
  for (int tried = 0; error == 0 && tried < kMaxWalks; tried++) {
    error = try_walk(netns, items, times.walk);
    if (error != EINTR) break;
    error = tried + 1 < kMaxWalks ? 0 : error;
  }
  collect(items, error);
  // After the map is cleared: a walk that goes on must find no target.
  if (abandoned_) abandoned_->kill();
  return true;
}

// A walk that cannot begin is no reason to leave targets in the map.
int BpfDestroyer::try_walk(int netns, const std::vector<DestroyItem>& items, Deadline deadline) {
  try {
    return walk(netns, items, deadline);
  } catch (const SystemError& error) {
    return error.code();
  }
}

int BpfDestroyer::walk(int netns, const std::vector<DestroyItem>& items, Deadline deadline) {
  std::vector<int> links;
  if (has_protocol(items, IPPROTO_UDP)) links.push_back(udp_.get());
  if (has_protocol(items, IPPROTO_TCP)) links.push_back(tcp_.get());
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

void BpfDestroyer::collect(const std::vector<DestroyItem>& items, int error) {
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
