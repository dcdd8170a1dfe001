#include "broker/payload.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

namespace sockscope {

namespace {

using std::chrono::nanoseconds;

// Shorter than the agent waits for an answer, by the time that an act may take.
constexpr std::chrono::seconds kMaxAge(5);

// The engines hand these numbers to the kernel, which knows many more.
bool is_socket_kind(const DestroyTarget& target) {
  return (target.family == AF_INET || target.family == AF_INET6) &&
         (target.protocol == IPPROTO_TCP || target.protocol == IPPROTO_UDP);
}

std::vector<DestroyTarget> targets_behind(const Message& request, size_t header) {
  std::vector<DestroyTarget> targets = all_of<DestroyTarget>(request.payload, header, kMaxTargets);
  if (!std::all_of(targets.begin(), targets.end(), is_socket_kind))
    throw SystemError("destroy target", EINVAL);
  return targets;
}

}  // namespace

ClaimedRequest claimed(const Message& request) {
  ClaimedRequest result;
  size_t front = sizeof(result.client);
  if (request.payload.size() < front) throw SystemError("request size", EINVAL);
  std::memcpy(&result.client, request.payload.data(), front);
  result.request = {request.header, {request.payload.begin() + front, request.payload.end()}};
  return result;
}

void require_recent(const Message& request) {
  nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  auto sent = nanoseconds(request.header.sent_ns);
  if (sent > now || now - sent > kMaxAge)
    throw SystemError("begin in time what was asked for (the broker was stopped)", ETIMEDOUT);
}

std::vector<DestroyTarget> targets_of(const Message& request) { return targets_behind(request, 0); }

std::vector<DestroyTarget> targets_of(const Message& request, DestroyRequest& header) {
  if (request.payload.size() < sizeof(header)) throw SystemError("request size", EINVAL);
  std::memcpy(&header, request.payload.data(), sizeof(header));
  bool fits = header.count <= kMaxTargets && header.takes_over <= 1 && header.as_seen <= 1 &&
              header.refused <= header.count &&
              header.engine <= static_cast<uint32_t>(DestroyEngine::kSockDiag) &&
              request.payload.size() == sizeof(header) + header.count * sizeof(DestroyTarget);
  if (!fits) throw SystemError("destroy request", EINVAL);
  return targets_behind(request, sizeof(header));
}

}  // namespace sockscope
