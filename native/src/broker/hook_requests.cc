// The requests that watch changes and connects, hold remotes down, and capture packets.

#include <algorithm>
#include <iterator>

#include "broker/broker.h"
#include "broker/payload.h"
#include "law/outage_law.h"
#include "law/process_law.h"
#include "scans/process_facts.h"

namespace sockscope {

namespace {

// Attempts in one message.
constexpr size_t kMaxAttempts = Channel::kRoom / sizeof(attempt_event) - 1;

// A part that needs the hooks; throws where they could not be loaded.
template <typename Part>
Part& require_hooks(const std::unique_ptr<Part>& part) {
  if (!part) throw SystemError("load the connect hooks", ENOSYS);
  return *part;
}

Capture& require_capture(const std::unique_ptr<Capture>& capture) {
  if (!capture) throw SystemError("load the programs that capture", ENOSYS);
  return *capture;
}

// Before a rule is put into force: the first one begins with all carriers that there are.
void spare_carriers(Sparing& sparing, const Outages& rules) {
  if (rules.active()) {
    sparing.refresh_if_due(rules);
  } else {
    sparing.refresh(rules);
  }
}

RuleProcess named_process(uint32_t pid) { return {pid, ProcessFacts(static_cast<pid_t>(pid)).start_time()}; }

std::vector<RuleProcess> named_processes(const std::vector<uint32_t>& pids) {
  std::vector<RuleProcess> processes;
  std::transform(pids.begin(), pids.end(), std::back_inserter(processes), named_process);
  return processes;
}

}  // namespace

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
  require_hooks(engines_.attempts).watch(within_scope(filter, scope_));
  reply(request);
}

void Broker::unwatch_attempts(const Message& request) {
  if (engines_.attempts) engines_.attempts->unwatch();
  reply(request);
}

void Broker::watch_processes(const Message& request) {
  std::vector<uint32_t> pids = all_of<uint32_t>(request.payload, 0, kMaxPids);
  require_hooks(engines_.attempts).watch_processes(within_scope(std::move(pids), scope_));
  reply(request);
}

void Broker::follow(const Message& request) {
  std::vector<uint64_t> cookies = all_of<uint64_t>(request.payload, 0, kMaxTargets);
  require_hooks(engines_.attempts).follow(covered(cookies));
  reply(request);
}

// Waiting for the agent would delay all else, the renewal of outages too: what it has no room for stays in
// the ring, and what that has no room for is counted.
void Broker::forward_attempts() {
  awaits_room_ = !channel_.has_room();
  if (!awaits_room_) send_attempts();
}

// No more than the ring holds: a storm goes on. Returns false where there is no room for all.
bool Broker::flush_attempts() {
  for (; flushed_.attempts < Attempts::kCapacity; flushed_.attempts += kMaxAttempts) {
    if (!channel_.has_room()) return false;
    if (!send_attempts()) return true;
  }
  return true;
}

// Returns whether there may be more.
bool Broker::send_attempts() {
  std::vector<attempt_event> events = engines_.attempts->take_events(kMaxAttempts);
  if (!events.empty())
    channel_.send(MessageType::kAttempts, 0, 0, events.data(), events.size() * sizeof(attempt_event));
  attempt_losses losses = engines_.attempts->take_losses();
  if (losses.refusals + losses.others > 0)
    channel_.send(MessageType::kAttemptsLost, 0, 0, &losses, sizeof(losses));
  return events.size() == kMaxAttempts;
}

void Broker::set_outage(const Message& message) {
  auto [client, request] = claimed(message);
  auto [header, pids, cookies] = outage_of(request);
  OutageParts parts = {named_processes(pids), covered(cookies)};
  outage_rule rule = within_time(within_scope(header.rule, scope_));
  Outages& outages = require_hooks(engines_.outages);
  spare_carriers(sparing_, outages);
  uint32_t index = header.index;
  audit_.around(set_outage_act(client, header, rule), [&] { outages.set(index, rule, parts); });
  reply(message);
}

void Broker::clear_outage(const Message& message) {
  auto [client, request] = claimed(message);
  uint32_t index = exactly<uint32_t>(request);
  if (index >= OUTAGE_RULES) throw SystemError("outage index", EINVAL);
  Outages& outages = require_hooks(engines_.outages);
  bool was_set = outages.is_set(index);
  outages.clear(index);
  // Where the line cannot be written, what was done is undone all the same.
  if (was_set) audit_.record_undone(clear_outage_act(client, index));
  reply(message);
}

void Broker::extend_outage(const Message& message) {
  auto [client, request] = claimed(message);
  rule_process added = exactly<rule_process>(request);
  if (added.rule >= OUTAGE_RULES) throw SystemError("outage index", EINVAL);
  Outages& outages = require_hooks(engines_.outages);
  if (outages.is_set(added.rule))
    audit_.around(extend_outage_act(client, added),
                  [&] { outages.extend(added.rule, named_process(added.pid)); });
  reply(message);
}

void Broker::outage_counts(const Message& request) {
  std::vector<outage_count> counts = require_hooks(engines_.outages).counts();
  reply(request, counts.data(), counts.size() * sizeof(outage_count));
}

// Packets have contents, so whoever owns the other end gets none of this one's.
void Broker::set_capture(const Message& message) {
  auto [client, request] = claimed(message);
  auto [snap, asked] = capture_of(request);
  const OutageRequest& header = asked.header;
  OutageParts parts = {named_processes(asked.pids), covered(asked.cookies)};
  outage_rule rule = within_time(within_scope(header.rule, scope_));
  Capture& capture = require_capture(engines_.capture);
  if (!is_capturing()) capture.begin();
  spare_carriers(capture_sparing_, capture.rules());
  capture.set_snap(snap);
  uint32_t index = header.index;
  audit_.around(capture_act(client, header, rule), [&] { capture.rules().set(index, rule, parts); });
  reply(message);
}

void Broker::end_capture(const Message& message) {
  ClaimedClient client = claimed(message).client;
  Capture& capture = require_capture(engines_.capture);
  bool has_begun = capture.has_begun();
  capture.end();
  if (has_begun) audit_.record_undone(end_capture_act(client));
  reply(message);
}

void Broker::take_packets(const Message& request) {
  Capture& capture = require_capture(engines_.capture);
  std::vector<char> taken = capture.take();
  awaits_packets_ = taken.empty();
  CaptureReply header = {capture.lost()};
  std::vector<char> payload;
  append(payload, &header, 1);
  append(payload, taken.data(), taken.size());
  reply(request, payload.data(), payload.size());
}

// Rules end by themselves where nobody renews them.
void Broker::renew_rules() {
  if (has_outages()) {
    engines_.outages->renew();
    sparing_.refresh_if_due(*engines_.outages);
  }
  if (is_capturing()) {
    engines_.capture->rules().renew();
    engines_.capture->rules().drop_expired();
    capture_sparing_.refresh_if_due(engines_.capture->rules());
  }
}

}  // namespace sockscope
