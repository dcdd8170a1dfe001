// The requests that watch connects, and hold remotes down.

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

RuleProcess named_process(uint32_t pid) { return {pid, ProcessFacts(static_cast<pid_t>(pid)).start_time()}; }

std::vector<RuleProcess> named_processes(const std::vector<uint32_t>& pids) {
  std::vector<RuleProcess> processes;
  std::transform(pids.begin(), pids.end(), std::back_inserter(processes), named_process);
  return processes;
}

}  // namespace

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

// Once it has an answer, the agent has every attempt from before its request. No more than the ring holds: a
// storm goes on.
void Broker::flush_attempts() {
  for (size_t sent = 0; sent < Attempts::kCapacity && send_attempts(); sent += kMaxAttempts) continue;
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
  // An outage of many remotes has a rule for each.
  if (outages.active()) {
    sparing_.refresh_if_due(outages);
  } else {
    sparing_.refresh(outages);
  }
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

}  // namespace sockscope
