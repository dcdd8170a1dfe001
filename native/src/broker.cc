#include "broker.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "error.h"
#include "signal_process.h"
#include "working_directory.h"

namespace sockscope {

namespace {

// As many as the target map takes (bpf/destroy.bpf.c).
constexpr size_t kMaxTargets = 10000;
constexpr size_t kLongestRequest = sizeof(DestroyRequest) + kMaxTargets * sizeof(DestroyTarget);
// How often hanging walkers are looked after.
constexpr int kReapMilliseconds = 1000;

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

template <typename Struct>
void append(std::vector<char>& bytes, const Struct* structs, size_t count) {
  const char* start = reinterpret_cast<const char*>(structs);
  bytes.insert(bytes.end(), start, start + count * sizeof(Struct));
}

}  // namespace

Broker::Broker(UniqueFd control, UniqueFd memory, UniqueFd parent, Engines engines)
    : channel_(std::move(control), kLongestRequest),
      memory_(std::move(memory)),
      parent_(std::move(parent)),
      terminate_(receive_sigterm()),
      engines_(std::move(engines)),
      inventory_(engines_.lister.get()),
      destroyer_(inventory_, engines_.destroyer.get()),
      detail_reader_(inventory_),
      bind_walker_(inventory_) {}

void Broker::run() {
  while (serve_once()) continue;
}

bool Broker::serve_once() {
  bool watching = engines_.connect_hooks && engines_.connect_hooks->watching();
  pollfd ready[] = {{channel_.fd(), POLLIN, 0},
                    {parent_.get(), POLLIN, 0},
                    {terminate_.get(), POLLIN, 0},
                    {watching ? engines_.connect_hooks->event_fd() : -1, POLLIN, 0},
                    {watches_events() ? engines_.events->event_fd() : -1, POLLIN, 0}};
  if (poll(ready, std::size(ready), reap() ? kReapMilliseconds : -1) < 0) return errno == EINTR;
  if (ready[1].revents || ready[2].revents) return false;
  if (ready[3].revents) forward_connects();
  if (ready[4].revents && engines_.events->drain()) announce_changes();
  if (!ready[0].revents) return true;
  Message request;
  if (!channel_.receive(request)) return false;
  handle(request);
  return true;
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
    case MessageType::kWatchConnects:
      return watch_connects(request);
    case MessageType::kUnwatchConnects:
      if (engines_.connect_hooks) engines_.connect_hooks->unwatch();
      return reply(request);
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
    case MessageType::kConnect:
    case MessageType::kChanged:
      break;
  }
  throw SystemError("request type", EINVAL);
}

Listing Broker::look_after_events() {
  engines_.events->drain();
  NamespaceSet changed = engines_.events->take_namespaces();
  engines_.events->arm();
  announced_ = false;
  return inventory_.list(&changed);
}

void Broker::list(const Message& request) {
  Listing listing = watches_events() ? look_after_events() : inventory_.list();
  // What ended while we looked is missing in the listing, so why it ended must be in it.
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
  std::vector<DestroyReply> replies = destroyer_.destroy({engine, header.takes_over == 1}, targets);
  inventory_.forget();
  reply(request, replies.data(), replies.size() * sizeof(DestroyReply));
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
  signal_process(asked.pid, asked.start_time, asked.signal);
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

void Broker::watch_connects(const Message& request) {
  connect_filter filter = exactly<connect_filter>(request);
  if (!engines_.connect_hooks) throw SystemError("load cgroup/connect4|6", ENOSYS);
  engines_.connect_hooks->watch(filter);
  reply(request);
}

// Whatever the first request is, it takes the right with it: an agent that serves users must not name files
// for us to remove.
void Broker::own_socket_file(const Message& request, bool is_first) {
  if (!is_first) throw SystemError("own a socket file after the first request", EPERM);
  socket_file_ = SocketFile(std::string(request.payload.begin(), request.payload.end()));
  reply(request);
}

void Broker::forward_connects() {
  for (const connect_record& record : engines_.connect_hooks->take_events()) {
    channel_.send(MessageType::kConnect, 0, 0, &record, sizeof(record));
  }
}

void Broker::announce_changes() {
  if (std::exchange(announced_, true)) return;
  channel_.send(MessageType::kChanged, 0, 0, nullptr, 0);
}

bool Broker::reap() {
  bool hangs = destroyer_.reap();
  hangs = detail_reader_.reap() || hangs;
  return bind_walker_.reap() || hangs;
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
