// What an agent that was taken over may send to the broker: any bytes on the control socket. A message is
// parsed as the broker parses it, up to what it would do.
#include <sys/socket.h>
#include <unistd.h>

#include "broker/payload.h"
#include "broker/requests.h"
#include "require.h"

using namespace sockscope;

namespace {

constexpr size_t kMaxBytes = 64 * 1024;  // fits in the socket's buffer

void parse_targets(const Message& request) {
  DestroyRequest header;
  std::vector<DestroyTarget> targets = targets_of(request, header);
  require(targets.size() == header.count && header.refused <= header.count, "as many targets as announced");
}

void parse_selection(const Message& request) {
  ListSelection selection = selection_of(request);
  require(selection.namespaces.size() <= kMaxSelected, "few namespaces");
  require(selection.processes.size() <= kMaxSelected, "few processes");
  require(!selection.processes.empty() || !selection.ports.all(), "a selection of something");
  for (uint16_t port : selection.ports.ports()) require(port != 0, "a port");
  for (uint32_t pid : selection.processes) require(static_cast<pid_t>(pid) > 0, "a process");
}

void parse_outage(const Message& request) {
  RequestedOutage outage = outage_of(request);
  require(outage.header.index < OUTAGE_RULES, "a rule that there is");
  require(outage.pids.size() == outage.header.processes, "as many processes as announced");
  require(outage.cookies.size() == outage.header.cookies, "as many sockets as announced");
}

void parse_capture(const Message& request) {
  RequestedCapture capture = capture_of(request);
  require(capture.snap > 0 && capture.snap <= MAX_PACKET_BYTES, "a part of each packet");
  require(capture.rule.cookies.size() == capture.rule.header.cookies, "as many sockets as announced");
}

template <typename Value>
void parse_all(const Message& request, size_t max_count) {
  size_t count = all_of<Value>(request.payload, 0, max_count).size();
  require(count * sizeof(Value) == request.payload.size(), "the whole payload");
}

void parse(const Message& request) {
  switch (static_cast<MessageType>(request.header.type)) {
    case MessageType::kList:
      require(place_of(request) <= (kPlaces - 1) * kPlaceBytes, "a part of the shared memory");
      return request.payload.empty() ? void() : parse_selection(request);
    case MessageType::kDestroy:
      return parse_targets(claimed(request).request);
    case MessageType::kInspect:
      return parse_targets(request);
    case MessageType::kJudge:
      return static_cast<void>(targets_of(request));
    case MessageType::kSocketDetail:
      return static_cast<void>(exactly<DestroyTarget>(request));
    case MessageType::kBindTrials:
      return static_cast<void>(exactly<BindRequest>(claimed(request).request));
    case MessageType::kSignal:
      return static_cast<void>(exactly<SignalRequest>(claimed(request).request));
    case MessageType::kSetOutage:
      return parse_outage(claimed(request).request);
    case MessageType::kSetCapture:
      return parse_capture(claimed(request).request);
    case MessageType::kClearOutage:
      return static_cast<void>(exactly<uint32_t>(claimed(request).request));
    case MessageType::kExtendOutage:
      return static_cast<void>(exactly<rule_process>(claimed(request).request));
    case MessageType::kAuditLines:
      return static_cast<void>(exactly<AuditRequest>(request));
    case MessageType::kWatchAttempts:
      return static_cast<void>(exactly<connect_filter>(request));
    case MessageType::kFollow:
      return parse_all<uint64_t>(request, kMaxTargets);
    case MessageType::kJudgeProcesses:
      return parse_all<ProcessTarget>(request, kMaxPids);
    case MessageType::kCarriers:
    case MessageType::kProcessFiles:
    case MessageType::kWatchProcesses:
    case MessageType::kWorkingDirectories:
      return parse_all<uint32_t>(request, kMaxPids);
    default:
      return;
  }
}

void handle(const Message& request, bool is_first) {
  auto type = static_cast<MessageType>(request.header.type);
  try {
    Rule rule = require_known(type, is_first);
    require(rule != Rule::kStartOnly || is_first, "a start is the first request");
    parse(request);
    if (rule == Rule::kScope) require_recent(request);
  } catch (const SystemError& error) {
    bool is_answer = error.code() == EINVAL || error.code() == EPERM || error.code() == ETIMEDOUT;
    require(is_answer, "an error that the agent knows");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  int ends[2];
  if (size > kMaxBytes || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  UniqueFd agent(ends[0]);
  Channel channel(UniqueFd(ends[1]), kMaxRequestBytes, {});
  if (size > 0) require(write(agent.get(), data, size) == static_cast<ssize_t>(size), "room for the input");
  agent = UniqueFd();
  Message request;
  size_t taken = 0;
  for (bool is_first = true; channel.receive(request); is_first = false) {
    taken += sizeof(request.header) + request.payload.size();
    handle(request, is_first);
  }
  require(taken <= size, "no more than was sent");
  return 0;
}
