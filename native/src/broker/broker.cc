#include "broker/broker.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iterator>
#include <utility>

#include "law/outage_law.h"
#include "law/process_law.h"
#include "scans/working_directory.h"
#include "shared/error.h"
#include "shared/signal_process.h"

namespace sockscope {

namespace {

// As many as the target map takes (bpf/destroy.bpf.c).
constexpr size_t kMaxTargets = 10000;
// As many processes as the maps of outages take (bpf/outage.h).
constexpr size_t kMaxPids = 4096;
constexpr size_t kMaxRequestBytes = sizeof(DestroyRequest) + kMaxTargets * sizeof(DestroyTarget);
// Interval at which hanging walkers are polled.
constexpr int kReapEveryMs = 1000;

UniqueFd receive_sigterm() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
  return UniqueFd(check(signalfd(-1, &set, SFD_CLOEXEC), "signalfd"));
}

// The payload as one fixed struct.
template <typename Struct>
Struct exactly(const Message& request) {
  Struct result;
  if (request.payload.size() != sizeof(result)) throw SystemError("request size", EINVAL);
  std::memcpy(&result, request.payload.data(), sizeof(result));
  return result;
}

// The agent is not trusted: the engines hand these numbers to the kernel, which knows many more.
bool is_socket_kind(const DestroyTarget& target) {
  return (target.family == AF_INET || target.family == AF_INET6) &&
         (target.protocol == IPPROTO_TCP || target.protocol == IPPROTO_UDP);
}

std::vector<DestroyTarget> targets_of(const Message& request, DestroyRequest& header) {
  if (request.payload.size() < sizeof(header)) throw SystemError("request size", EINVAL);
  std::memcpy(&header, request.payload.data(), sizeof(header));
  bool fits = header.count <= kMaxTargets && header.takes_over <= 1 &&
              header.engine <= static_cast<uint32_t>(DestroyEngine::kSockDiag) &&
              request.payload.size() == sizeof(header) + header.count * sizeof(DestroyTarget);
  if (!fits) throw SystemError("destroy request", EINVAL);
  std::vector<DestroyTarget> targets(header.count);
  std::memcpy(targets.data(), request.payload.data() + sizeof(header), header.count * sizeof(DestroyTarget));
  if (!std::all_of(targets.begin(), targets.end(), is_socket_kind))
    throw SystemError("destroy target", EINVAL);
  return targets;
}

// The payload from an offset on as so many values.
template <typename Value>
std::vector<Value> all_of(const std::vector<char>& payload, size_t from, size_t max_count) {
  size_t length = payload.size() - from;
  if (length % sizeof(Value) != 0 || length / sizeof(Value) > max_count)
    throw SystemError("request size", EINVAL);
  std::vector<Value> values(length / sizeof(Value));
  std::memcpy(values.data(), payload.data() + from, length);
  return values;
}

// A part that needs the hooks; throws where they could not be loaded.
template <typename Part>
Part& require_hooks(const std::unique_ptr<Part>& part) {
  if (!part) throw SystemError("load the connect hooks", ENOSYS);
  return *part;
}

template <typename Struct>
void append(std::vector<char>& bytes, const Struct* structs, size_t count) {
  const char* start = reinterpret_cast<const char*>(structs);
  bytes.insert(bytes.end(), start, start + count * sizeof(Struct));
}

}  // namespace

Broker::Broker(Served served, UniqueFd control, UniqueFd memory, UniqueFd parent, Engines engines)
    : channel_(std::move(control), kMaxRequestBytes),
      memory_(std::move(memory)),
      parent_(std::move(parent)),
      terminate_(receive_sigterm()),
      engines_(std::move(engines)),
      inventory_(engines_.lister.get()),
      scope_(served),
      socket_law_(scope_, inventory_),
      destroyer_(inventory_, engines_.destroyer.get()),
      detail_reader_(inventory_),
      bind_walker_(inventory_) {}

void Broker::run() {
  while (serve_once()) continue;
}

bool Broker::serve_once() {
  pollfd ready[] = {{channel_.fd(), POLLIN, 0},
                    {parent_.get(), POLLIN, 0},
                    {terminate_.get(), POLLIN, 0},
                    {watches_attempts() ? engines_.attempts->event_fd() : -1, POLLIN, 0},
                    {watches_events() ? engines_.events->event_fd() : -1, POLLIN, 0}};
  if (has_outages()) engines_.outages->renew();
  if (poll(ready, std::size(ready), poll_timeout_ms()) < 0) return errno == EINTR;
  if (ready[1].revents || ready[2].revents) return false;
  // Before an answer: once it has that, the agent has every attempt from before its request.
  if (ready[3].revents) forward_attempts();
  if (ready[4].revents && engines_.events->drain()) announce_changes();
  if (!ready[0].revents) return true;
  Message request;
  if (!channel_.receive(request)) return false;
  handle(request);
  return true;
}

// Milliseconds until the next timed work; -1: there is none.
int Broker::poll_timeout_ms() {
  int due = reap() ? kReapEveryMs : -1;
  if (has_outages()) return Outages::kRenewEvery.count();
  return due;
}

// One bad request must not end the broker; a lost agent does, by the exception of the second send.
void Broker::handle(const Message& request) {
  int error = ENOMEM;
  std::string step = "handle the request";
  try {
    return answer(request);
  } catch (const SystemError& failure) {
    error = failure.code();
    step = failure.step();
  } catch (const std::exception&) {
  }
  channel_.send(static_cast<MessageType>(request.header.type), request.header.id, error, step.data(),
                step.size());
}

void Broker::answer(const Message& request) {
  bool is_first = std::exchange(first_request_, false);
  scope_.refresh();
  switch (static_cast<MessageType>(request.header.type)) {
    case MessageType::kFeatures: {
      std::vector<char> features;
      append(features, &engines_.features, 1);
      append(features, engines_.log.data(), engines_.log.size());
      return reply(request, features.data(), features.size());
    }
    case MessageType::kList:
      return list(request);
    case MessageType::kDestroy:
      return destroy(request);
    case MessageType::kWatchAttempts:
      return watch_attempts(request);
    case MessageType::kUnwatchAttempts:
      return unwatch_attempts(request);
    case MessageType::kWatchProcesses:
      return watch_processes(request);
    case MessageType::kFollow:
      return follow(request);
    case MessageType::kSetOutage:
      return set_outage(request);
    case MessageType::kClearOutage:
      return clear_outage(request);
    case MessageType::kSpare:
      return spare(request);
    case MessageType::kExtendOutage:
      return extend_outage(request);
    case MessageType::kOutageCounts:
      return outage_counts(request);
    case MessageType::kOwnSocketFile:
      return own_socket_file(request, is_first);
    case MessageType::kWatchEvents:
      return watch_events(request);
    case MessageType::kUnwatchEvents:
      return unwatch_events(request);
    case MessageType::kInspect:
      return inspect(request);
    case MessageType::kSocketDetail:
      return socket_detail(request);
    case MessageType::kWorkingDirectory:
      return working_directory(request);
    case MessageType::kBindTrials:
      return bind_trials(request);
    case MessageType::kSignal:
      return signal(request);
    case MessageType::kAttempt:
    case MessageType::kChanged:
      break;
  }
  throw SystemError("request type", EINVAL);
}

Listing Broker::scan_after_events() {
  engines_.events->drain();
  NamespaceSet changed = engines_.events->take_namespaces();
  engines_.events->arm();
  announced_ = false;
  return inventory_.list(&changed);
}

void Broker::list(const Message& request) {
  Listing listing = watches_events() ? scan_after_events() : inventory_.list();
  // A socket that ended during the scan is missing in the listing, so its SocketEnd must be in this reply.
  bool changed = watches_events() && engines_.events->drain();
  std::vector<SocketEnd> ends;
  if (watches_events()) ends = engines_.events->take_ends();
  size_t owned = listing.owned.size() * sizeof(socket_record);
  size_t ownerless = listing.ownerless.size() * sizeof(socket_record);
  check(ftruncate(memory_.get(), owned + ownerless), "ftruncate");
  write_memory(listing.owned.data(), owned, 0);
  write_memory(listing.ownerless.data(), ownerless, owned);
  ListReply header = {
      listing.owned.size() + listing.ownerless.size(), static_cast<uint32_t>(listing.owned.size()),
      static_cast<uint32_t>(listing.namespaces.size()), static_cast<uint32_t>(ends.size()), 0};
  std::vector<char> payload;
  append(payload, &header, 1);
  append(payload, listing.namespaces.data(), listing.namespaces.size());
  append(payload, ends.data(), ends.size());
  reply(request, payload.data(), payload.size());
  if (changed) announce_changes();
}

void Broker::destroy(const Message& request) {
  DestroyRequest header;
  std::vector<DestroyTarget> targets = targets_of(request, header);
  auto engine = static_cast<DestroyEngine>(header.engine);
  if (header.takes_over && engine == DestroyEngine::kSockDiag)
    throw SystemError("take over by sock_diag", EINVAL);
  std::vector<DestroyReply> replies = destroy_allowed({engine, header.takes_over == 1}, targets);
  inventory_.invalidate();
  reply(request, replies.data(), replies.size() * sizeof(DestroyReply));
}

// The agent's opinion of what its client may destroy is not asked.
std::vector<DestroyReply> Broker::destroy_allowed(DestroyOptions options,
                                                  const std::vector<DestroyTarget>& targets) {
  std::vector<Verdict> verdicts = socket_law_.judge(targets);
  std::vector<DestroyTarget> allowed;
  for (size_t at = 0; at < targets.size(); at++) {
    if (verdicts[at] == Verdict::kAllowed) allowed.push_back(targets[at]);
  }
  std::vector<DestroyReply> done = destroyer_.destroy(options, allowed), replies;
  auto next = done.begin();
  for (size_t at = 0; at < targets.size(); at++) {
    bool is_denied = verdicts[at] == Verdict::kDenied;
    DestroyReply refused = {
        targets[at].cookie, targets[at].netns, static_cast<uint32_t>(DestroyEngine::kAuto),
        is_denied ? uint32_t{DESTROY_DENIED} : uint32_t{DESTROY_PENDING}, is_denied ? EPERM : 0};
    replies.push_back(verdicts[at] == Verdict::kAllowed ? *next++ : refused);
  }
  return replies;
}

void Broker::inspect(const Message& request) {
  DestroyRequest header;
  std::vector<DestroyTarget> targets = targets_of(request, header);
  std::vector<DestroyReply> replies = destroyer_.inspect(targets);
  reply(request, replies.data(), replies.size() * sizeof(DestroyReply));
}

void Broker::socket_detail(const Message& request) {
  SocketDetail detail = detail_reader_.read(exactly<DestroyTarget>(request));
  reply(request, &detail, sizeof(detail));
}

void Broker::working_directory(const Message& request) {
  std::string path = sockscope::working_directory(exactly<uint32_t>(request));
  reply(request, path.data(), path.size());
}

void Broker::bind_trials(const Message& request) {
  std::vector<BindRecord> trials = bind_walker_.run(exactly<BindRequest>(request));
  reply(request, trials.data(), trials.size() * sizeof(BindRecord));
}

void Broker::signal(const Message& request) {
  SignalRequest asked = exactly<SignalRequest>(request);
  pid_t pid = static_cast<pid_t>(asked.pid);
  signal_process(pid, asked.start_time, asked.signal, [&] { require_signallable(scope_, pid); });
  reply(request);
}

void Broker::watch_events(const Message& request) {
  if (!engines_.events) throw SystemError("load the tracepoints of sockets", ENOSYS);
  engines_.events->watch();
  announced_ = false;
  reply(request);
}

void Broker::unwatch_events(const Message& request) {
  if (engines_.events) engines_.events->unwatch();
  reply(request);
}

void Broker::watch_attempts(const Message& request) {
  connect_filter filter = exactly<connect_filter>(request);
  require_hooks(engines_.attempts).watch(filter);
  reply(request);
}

void Broker::unwatch_attempts(const Message& request) {
  if (engines_.attempts) engines_.attempts->unwatch();
  reply(request);
}

void Broker::watch_processes(const Message& request) {
  require_hooks(engines_.attempts).watch_processes(all_of<uint32_t>(request.payload, 0, kMaxPids));
  reply(request);
}

void Broker::follow(const Message& request) {
  require_hooks(engines_.attempts).follow(all_of<uint64_t>(request.payload, 0, kMaxTargets));
  reply(request);
}

void Broker::set_outage(const Message& request) {
  OutageRequest header;
  if (request.payload.size() < sizeof(header)) throw SystemError("request size", EINVAL);
  std::memcpy(&header, request.payload.data(), sizeof(header));
  size_t pids = header.processes * sizeof(uint32_t);
  bool fits = header.index < OUTAGE_RULES && header.processes <= kMaxPids && header.cookies <= kMaxTargets &&
              request.payload.size() == sizeof(header) + pids + header.cookies * sizeof(uint64_t);
  if (!fits) throw SystemError("outage request", EINVAL);
  std::vector<char> named(request.payload.begin() + sizeof(header),
                          request.payload.begin() + sizeof(header) + pids);
  std::vector<uint64_t> cookies = all_of<uint64_t>(request.payload, sizeof(header) + pids, kMaxTargets);
  if (!cookies.empty()) cookies = within_scope(cookies, inventory_.owned(), scope_);
  OutageParts parts = {all_of<uint32_t>(named, 0, kMaxPids), cookies};
  require_hooks(engines_.outages).set(header.index, within_scope(header.rule, scope_), parts);
  reply(request);
}

void Broker::clear_outage(const Message& request) {
  uint32_t index = exactly<uint32_t>(request);
  if (index >= OUTAGE_RULES) throw SystemError("outage index", EINVAL);
  require_hooks(engines_.outages).clear(index);
  reply(request);
}

void Broker::extend_outage(const Message& request) {
  rule_process added = exactly<rule_process>(request);
  if (added.rule >= OUTAGE_RULES) throw SystemError("outage index", EINVAL);
  require_hooks(engines_.outages).extend(added);
  reply(request);
}

void Broker::spare(const Message& request) {
  require_hooks(engines_.outages).spare(all_of<uint32_t>(request.payload, 0, kMaxPids));
  reply(request);
}

void Broker::outage_counts(const Message& request) {
  std::vector<outage_count> counts = require_hooks(engines_.outages).counts();
  reply(request, counts.data(), counts.size() * sizeof(outage_count));
}

// Any first request uses the right up: an agent that serves users must not name files for the broker to
// remove.
void Broker::own_socket_file(const Message& request, bool is_first) {
  if (!is_first) throw SystemError("own a socket file after the first request", EPERM);
  socket_file_ = SocketFile(std::string(request.payload.begin(), request.payload.end()));
  reply(request);
}

void Broker::forward_attempts() {
  for (const attempt_event& event : engines_.attempts->take_events())
    channel_.send(MessageType::kAttempt, 0, 0, &event, sizeof(event));
}

void Broker::announce_changes() {
  if (std::exchange(announced_, true)) return;
  channel_.send(MessageType::kChanged, 0, 0, nullptr, 0);
}

bool Broker::reap() {
  bool hangs = destroyer_.reap();
  hangs = detail_reader_.reap() || hangs;
  hangs = bind_walker_.reap() || hangs;
  return inventory_.reap() || hangs;
}

void Broker::reply(const Message& request, const void* payload, size_t length) {
  channel_.send(static_cast<MessageType>(request.header.type), request.header.id, 0, payload, length);
}

// Written, not mapped: the agent could cut the file short under a mapping.
void Broker::write_memory(const void* data, size_t length, size_t offset) const {
  const char* at = static_cast<const char*>(data);
  while (length > 0) {
    ssize_t put = check(pwrite(memory_.get(), at, length, offset), "pwrite");
    at += put;
    offset += put;
    length -= put;
  }
}

}  // namespace sockscope
