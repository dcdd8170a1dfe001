#include "broker/broker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "broker/payload.h"
#include "broker/requests.h"
#include "law/outage_law.h"
#include "shared/allocator.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// Interval at which hanging walkers are polled.
constexpr int kReapEveryMs = 1000;
// Interval at which refusals are summed up, where they are due.
constexpr int kSumEveryMs = 1000;
// A list is answered with what was read ahead for so long: then it was asked for while that was read.
constexpr std::chrono::milliseconds kAheadFor(1000);
// So long after a list, the agent has read its rows, or has told its client that they did not come.
constexpr std::chrono::milliseconds kRestAfter(10'000);

// Of two timeouts, of which -1 is none.
int earlier(int one, int other) { return one < 0 || other < 0 ? std::max(one, other) : std::min(one, other); }

uint32_t saturated(uint64_t count) { return static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX)); }

UniqueFd receive_sigterm() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
  return UniqueFd(check(signalfd(-1, &set, SFD_CLOEXEC), "signalfd"));
}

}  // namespace

Broker::Broker(Served served, Audit audit, UniqueFd control, UniqueFd memory, UniqueFd parent,
               Engines engines)
    : audit_(std::move(audit)),
      memory_(std::move(memory)),
      parent_(std::move(parent)),
      terminate_(receive_sigterm()),
      channel_(std::move(control), kMaxRequestBytes, {parent_.get(), terminate_.get()}),
      engines_(std::move(engines)),
      scope_(served),
      inventory_(engines_.lister.get(), scope_),
      socket_law_(scope_, inventory_, reader_),
      namespace_law_(scope_, inventory_.home(), reader_),
      bind_law_(scope_, {inventory_.home(), reader_}),
      carrier_law_(scope_, always_spared(), Doubt::kMeansNo),
      sparing_(carrier_law_),
      capture_sparing_(carrier_law_),
      destroyer_(inventory_, engines_.destroyer.get()),
      verifier_(inventory_),
      detail_reader_(inventory_) {
  if (engines_.outages) engines_.outages->spare(always_spared());
  if (engines_.capture) engines_.capture->rules().spare(always_spared());
}

// Where it fails, the list itself is asked for, and says why.
void Broker::list_ahead() {
  try {
    ahead_ = inventory_.list();
    ahead_at_ = Clock::now();
  } catch (const std::exception&) {
  }
}

void Broker::run() {
  while (serve_once()) continue;
}

bool Broker::serve_once() {
  short wanted = awaits_room_ ? POLLOUT : POLLIN;
  bool takes_attempts = watches_attempts() && !awaits_room_, takes_history = keeps_history() && !awaits_room_;
  std::vector<pollfd> ready = {{waiting_.has_room() ? channel_.fd() : -1, wanted, 0},
                               {parent_.get(), POLLIN, 0},
                               {terminate_.get(), POLLIN, 0},
                               {takes_attempts ? engines_.attempts->event_fd() : -1, POLLIN, 0},
                               {watches_events() ? engines_.events->event_fd() : -1, POLLIN, 0},
                               {takes_history ? engines_.history->event_fd() : -1, POLLIN, 0},
                               {awaits_packets_ ? engines_.capture->event_fd() : -1, POLLIN, 0}};
  waiting_.add_awaited(ready);
  renew_rules();
  if (audit_.has_sums()) audit_.write_sums();
  rest_if_due();
  if (poll(ready.data(), ready.size(), poll_timeout_ms()) < 0) return errno == EINTR;
  if (ready[1].revents || ready[2].revents) return false;
  if (ready[0].revents & POLLOUT) awaits_room_ = false;
  if (ready[3].revents) forward_attempts();
  if (ready[4].revents && engines_.events->drain()) announce_changes();
  if (ready[5].revents || (takes_history && engines_.history->is_due())) forward_history();
  if (ready[6].revents && std::exchange(awaits_packets_, false))
    channel_.send(MessageType::kPackets, 0, 0, nullptr, 0);
  waiting_.resume_ready();
  if (!(ready[0].revents & ~POLLOUT)) return true;
  if (!flush_events()) return true;
  Message request;
  if (!channel_.receive(request)) return false;
  begin(std::move(request));
  return true;
}

// Once it has an answer, the agent has every event from before its request: so a request waits, as they do,
// until the agent has read so much that there is room for them. Returns whether there was.
bool Broker::flush_events() {
  awaits_room_ = (watches_attempts() && !flush_attempts()) || (keeps_history() && !flush_history());
  if (!awaits_room_) flushed_ = {};
  return !awaits_room_;
}

void Broker::begin(Message request) {
  uint32_t id = request.header.id;
  bool is_over = waiting_.begin([this, request = std::move(request)] { handle(request); });
  if (!is_over) channel_.send(MessageType::kWaits, 0, 0, &id, sizeof(id));
}

// Milliseconds until the next timed work; -1: there is none.
int Broker::poll_timeout_ms() {
  int due = reap() ? kReapEveryMs : audit_.has_sums() ? kSumEveryMs : listed_at_ ? kRestAfter.count() : -1;
  if (has_outages() || is_capturing()) due = Outages::kRenewEvery.count();
  if (keeps_history() && !awaits_room_) due = earlier(due, engines_.history->timeout_ms());
  return earlier(due, waiting_.timeout_ms());
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
  auto type = static_cast<MessageType>(request.header.type);
  // Nothing of the scope's happens late; what undoes something does.
  if (require_known(type, std::exchange(first_request_, false)) == Rule::kScope) require_recent(request);
  scope_.refresh();
  if (keeps_history()) engines_.history->limit(history_within(scope_));
  switch (type) {
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
    case MessageType::kTune:
      return tune(request);
    case MessageType::kWatchAttempts:
      return watch_attempts(request);
    case MessageType::kUnwatchAttempts:
      return unwatch_attempts(request);
    case MessageType::kWatchProcesses:
      return watch_processes(request);
    case MessageType::kFollow:
      return follow(request);
    case MessageType::kKeepHistory:
      return keep_history(request);
    case MessageType::kDropHistory:
      return drop_history(request);
    case MessageType::kSetOutage:
      return set_outage(request);
    case MessageType::kClearOutage:
      return clear_outage(request);
    case MessageType::kSetCapture:
      return set_capture(request);
    case MessageType::kEndCapture:
      return end_capture(request);
    case MessageType::kTakePackets:
      return take_packets(request);
    case MessageType::kCarriers:
      return carriers(request);
    case MessageType::kExtendOutage:
      return extend_outage(request);
    case MessageType::kOutageCounts:
      return outage_counts(request);
    case MessageType::kOwnSocketFile:
      return own_socket_file(request);
    case MessageType::kWatchEvents:
      return watch_events(request);
    case MessageType::kUnwatchEvents:
      return unwatch_events(request);
    case MessageType::kJudge:
      return judge(request);
    case MessageType::kJudgeProcesses:
      return judge_processes(request);
    case MessageType::kInspect:
      return inspect(request);
    case MessageType::kSocketDetail:
      return socket_detail(request);
    case MessageType::kTcpTimers:
      return tcp_timers(request);
    case MessageType::kWorkingDirectories:
      return working_directories(request);
    case MessageType::kProcessFiles:
      return process_files(request);
    case MessageType::kBindTrials:
      return bind_trials(request);
    case MessageType::kSignal:
      return signal(request);
    case MessageType::kAuditLines:
      return audit_lines(request);
    case MessageType::kAttempts:
    case MessageType::kAttemptsLost:
    case MessageType::kChanged:
    case MessageType::kWaits:
    case MessageType::kHistory:
    case MessageType::kPackets:
      break;
  }
}

Listing Broker::scan_after_events() {
  engines_.events->drain();
  NamespaceSet changed = engines_.events->take_namespaces();
  engines_.events->arm();
  announced_ = false;
  return inventory_.list(&changed);
}

Listing Broker::scan() {
  std::optional<Listing> ahead = std::exchange(ahead_, std::nullopt);
  return ahead && Clock::now() - ahead_at_ < kAheadFor ? std::move(*ahead) : inventory_.list();
}

void Broker::list(const Message& request) {
  if (!request.payload.empty()) return list_selected(request);
  Listing listing = watches_events() ? scan_after_events() : scan();
  // A socket that ended during the scan is missing in the listing, so its SocketEnd must be in this reply.
  bool changed = watches_events() && engines_.events->drain();
  RecordedEnds ends;
  if (watches_events()) ends = engines_.events->take_ends();
  reply_listing(request, listing, ends);
  if (changed) announce_changes();
}

void Broker::list_selected(const Message& request) {
  ListSelection asked = selection_of(request);
  Listing listing = asked.processes.empty() ? inventory_.list(asked.ports, asked.namespaces)
                                            : inventory_.list_of(asked.processes, asked.ports);
  reply_listing(request, listing, {});
}

void Broker::reply_listing(const Message& request, const Listing& listing, const RecordedEnds& recorded) {
  const std::vector<SocketEnd>& ends = recorded.ends;
  listed_at_ = Clock::now();
  size_t owned = listing.owned.size() * sizeof(socket_record);
  size_t ownerless = listing.ownerless.size() * sizeof(socket_record);
  size_t place = place_of(request);
  write_memory(listing.owned.data(), owned, place);
  write_memory(listing.ownerless.data(), ownerless, place + owned);
  free_memory(place + owned + ownerless, place + kPlaceBytes);
  ListReply header = {listing.owned.size() + listing.ownerless.size(),
                      static_cast<uint32_t>(listing.owned.size()),
                      static_cast<uint32_t>(listing.namespaces.size()),
                      static_cast<uint32_t>(ends.size()),
                      recorded.lost_events,
                      saturated(listing.left_out.sockets),
                      saturated(listing.left_out.owners)};
  std::vector<char> payload;
  append(payload, &header, 1);
  append(payload, listing.namespaces.data(), listing.namespaces.size());
  append(payload, ends.data(), ends.size());
  reply(request, payload.data(), payload.size());
}

// An agent that serves users must not name files for the broker to remove.
void Broker::own_socket_file(const Message& request) {
  socket_file_ = SocketFile(std::string(request.payload.begin(), request.payload.end()));
  reply(request);
}

void Broker::announce_changes() {
  if (std::exchange(announced_, true)) return;
  channel_.send(MessageType::kChanged, 0, 0, nullptr, 0);
}

bool Broker::reap() {
  bool hangs = destroyer_.reap();
  hangs = (engines_.tuner && engines_.tuner->reap()) || hangs;
  hangs = detail_reader_.reap() || hangs;
  hangs = bind_walker_.reap() || hangs;
  return inventory_.reap() || hangs;
}

// A machine may have had many sockets once.
void Broker::rest_if_due() {
  if (!listed_at_ || Clock::now() - *listed_at_ < kRestAfter) return;
  listed_at_.reset();
  check(ftruncate(memory_.get(), 0), "ftruncate");
  give_back_memory();
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

// What a longer list has left there.
void Broker::free_memory(size_t begin, size_t end) const {
  int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  check(fallocate(memory_.get(), hole, begin, end - begin), "fallocate");
}

}  // namespace sockscope
