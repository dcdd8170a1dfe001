#include "broker/payload.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace sockscope {

namespace {

using std::chrono::nanoseconds;

// Shorter than the agent waits for an answer, by the time that an act may take.
constexpr nanoseconds kMaxAge = std::chrono::seconds(5);
// MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT
constexpr uint32_t kMaxKeepaliveSeconds = 32767;
constexpr uint32_t kMaxKeepaliveProbes = 127;
// Bytes a second: with less, one packet of loopback (131 kB) would wait until TCP gives up its peer.
constexpr uint32_t kMinRate = 20000;

// The engines hand these numbers to the kernel, which knows many more.
bool is_socket_kind(const DestroyTarget& target) {
  return (target.family == AF_INET || target.family == AF_INET6) &&
         (target.protocol == IPPROTO_TCP || target.protocol == IPPROTO_UDP);
}

bool is_connection(const DestroyTarget& target) {
  return target.protocol == IPPROTO_TCP && target.remote_port != 0;
}

bool are_times(const tcp_tuning& tuning) {
  auto is_from_1 = [](uint32_t value, uint32_t max) { return value >= 1 && value <= max; };
  return is_from_1(tuning.keepalive_idle_s, kMaxKeepaliveSeconds) &&
         is_from_1(tuning.keepalive_interval_s, kMaxKeepaliveSeconds) &&
         is_from_1(tuning.keepalive_probes, kMaxKeepaliveProbes);
}

// Keepalive is off, or on with its times. Of a setting that is not meant, whatever there is does nothing.
bool is_valid(const tcp_tuning& tuning) {
  if (tuning.settings == TUNE_RESTORE) return true;
  constexpr uint32_t kKeepalive = TUNE_KEEPALIVE | TUNE_KEEPALIVE_TIMES;
  if (tuning.settings == 0 || (tuning.settings & ~(kKeepalive | TUNE_USER_TIMEOUT)) != 0) return false;
  if (tuning.user_timeout_ms > INT32_MAX) return false;
  switch (tuning.settings & kKeepalive) {
    case 0:
      return true;
    case TUNE_KEEPALIVE:
      return tuning.keepalive == 0;
    case kKeepalive:
      return tuning.keepalive == 1 && are_times(tuning);
  }
  return false;
}

bool is_valid(const outage_rule& rule) {
  bool is_rate = rule.rate == 0 || (rule.rate >= kMinRate && rule.loss == 0);
  return is_rate && rule.loss <= ALL_PARTS && rule.direction <= DIRECTION_OUT && rule.living_only <= 1;
}

// The struct at the front of a payload, with more behind it.
template <typename Struct>
Struct front_of(const Message& request) {
  Struct result;
  if (request.payload.size() < sizeof(result)) throw SystemError("request size", EINVAL);
  std::memcpy(&result, request.payload.data(), sizeof(result));
  return result;
}

std::vector<DestroyTarget> targets_behind(const Message& request, size_t header) {
  std::vector<DestroyTarget> targets = all_of<DestroyTarget>(request.payload, header, kMaxTargets);
  if (!std::all_of(targets.begin(), targets.end(), is_socket_kind))
    throw SystemError("destroy target", EINVAL);
  return targets;
}

}  // namespace

ClaimedRequest claimed(const Message& request) {
  auto client = front_of<ClaimedClient>(request);
  return {client, {request.header, {request.payload.begin() + sizeof(client), request.payload.end()}}};
}

void require_recent(const Message& request) {
  nanoseconds clock = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  // Unsigned, as it was sent: as a signed number, half of the times would lie before the machine's start.
  auto now = static_cast<uint64_t>(clock.count());
  uint64_t sent = request.header.sent_ns;
  if (sent > now || now - sent > static_cast<uint64_t>(kMaxAge.count()))
    throw SystemError("begin in time what was asked for (the broker was stopped)", ETIMEDOUT);
}

size_t place_of(const Message& request) {
  if (request.header.place >= kPlaces) throw SystemError("list request", EINVAL);
  return request.header.place * kPlaceBytes;
}

ListSelection selection_of(const Message& request) {
  ListRequest header = front_of<ListRequest>(request);
  std::vector<uint32_t> numbers =
      all_of<uint32_t>(request.payload, sizeof(header), UINT16_MAX + 2 * kMaxSelected);
  bool fits_ports = header.processes > 0 || (header.ports > 0 && header.ports <= kMaxSelected);
  bool fits = fits_ports && header.namespaces <= kMaxSelected && header.processes <= kMaxSelected &&
              numbers.size() == size_t{header.ports} + header.namespaces + header.processes;
  if (!fits) throw SystemError("list request", EINVAL);
  auto namespaces = numbers.begin() + header.ports, processes = namespaces + header.namespaces;
  auto is_port = [](uint32_t number) { return number > 0 && number <= UINT16_MAX; };
  auto is_pid = [](uint32_t number) { return number > 0 && number <= INT32_MAX; };
  if (!std::all_of(numbers.begin(), namespaces, is_port) || !std::all_of(processes, numbers.end(), is_pid))
    throw SystemError("list request", EINVAL);
  std::set<uint32_t> pids(processes, numbers.end());
  return {PortSelection({numbers.begin(), namespaces}), {namespaces, processes}, {pids.begin(), pids.end()}};
}

RequestedOutage outage_of(const Message& request) {
  RequestedOutage outage = {front_of<OutageRequest>(request), {}, {}};
  const OutageRequest& header = outage.header;
  size_t pids = header.processes * sizeof(uint32_t);
  bool fits = header.index < OUTAGE_RULES && header.processes <= kMaxPids && header.cookies <= kMaxTargets &&
              is_valid(header.rule) &&
              request.payload.size() == sizeof(header) + pids + header.cookies * sizeof(uint64_t);
  if (!fits) throw SystemError("outage request", EINVAL);
  auto behind = request.payload.begin() + sizeof(header);
  outage.pids = all_of<uint32_t>({behind, behind + pids}, 0, kMaxPids);
  outage.cookies = all_of<uint64_t>(request.payload, sizeof(header) + pids, kMaxTargets);
  return outage;
}

RequestedCapture capture_of(const Message& request) {
  constexpr size_t kBefore = offsetof(CaptureRequest, outage);
  uint32_t snap = front_of<CaptureRequest>(request).snap;
  RequestedOutage rule =
      outage_of({request.header, {request.payload.begin() + kBefore, request.payload.end()}});
  if (snap == 0 || snap > MAX_PACKET_BYTES || rule.header.rule.fault != OUTAGE_BLACKHOLE)
    throw SystemError("capture request", EINVAL);
  return {snap, std::move(rule)};
}

std::vector<DestroyTarget> targets_of(const Message& request) { return targets_behind(request, 0); }

std::vector<DestroyTarget> targets_of(const Message& request, DestroyRequest& header) {
  header = front_of<DestroyRequest>(request);
  bool fits = header.until_ns <= INT64_MAX && header.count <= kMaxTargets && header.takes_over <= 1 &&
              header.as_seen <= 1 && header.refused <= header.count &&
              header.engine <= static_cast<uint32_t>(DestroyEngine::kSockDiag) &&
              request.payload.size() == sizeof(header) + header.count * sizeof(DestroyTarget);
  if (!fits) throw SystemError("destroy request", EINVAL);
  return targets_behind(request, sizeof(header));
}

std::vector<DestroyTarget> targets_of(const Message& request, TuneRequest& header) {
  header = front_of<TuneRequest>(request);
  bool fits = header.count <= kMaxTargets && header.refused <= header.count && is_valid(header.tuning) &&
              request.payload.size() == sizeof(header) + header.count * sizeof(DestroyTarget);
  if (!fits) throw SystemError("tune request", EINVAL);
  std::vector<DestroyTarget> targets = targets_behind(request, sizeof(header));
  if (!std::all_of(targets.begin(), targets.end(), is_connection)) throw SystemError("tune target", EINVAL);
  return targets;
}

}  // namespace sockscope
