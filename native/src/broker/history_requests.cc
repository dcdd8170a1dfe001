// The requests that keep a history of connections, and its events.

#include "broker/broker.h"
#include "broker/payload.h"
#include "law/outage_law.h"

namespace sockscope {

namespace {

// Events in one message.
constexpr size_t kMaxEvents = Channel::kRoom / sizeof(connection_event) - 1;

}  // namespace

void Broker::keep_history(const Message& request) {
  if (!engines_.history) throw SystemError("load the programs of the history", ENOSYS);
  engines_.history->keep(history_within(scope_));
  reply(request);
}

void Broker::drop_history(const Message& request) {
  if (engines_.history) engines_.history->drop();
  reply(request);
}

// As of attempts: nothing waits for the agent.
void Broker::forward_history() {
  awaits_room_ = !channel_.has_room();
  if (awaits_room_) return;
  size_t sent = send_history();
  if (sent == 0) {
    engines_.history->await();
    // Those that came before that wake nobody.
    sent = send_history();
  }
  if (sent > 0 && sent < kMaxEvents) engines_.history->rest();
}

// As of attempts.
bool Broker::flush_history() {
  for (; flushed_.history < History::kCapacity; flushed_.history += kMaxEvents) {
    if (!channel_.has_room()) return false;
    if (send_history() < kMaxEvents) return true;
  }
  return true;
}

// Returns how many events.
size_t Broker::send_history() {
  std::vector<connection_event> events = engines_.history->take_events(kMaxEvents);
  HistoryHeader header = {engines_.history->take_lost()};
  if (events.empty() && header.lost == 0) return 0;
  std::vector<char> payload;
  append(payload, &header, 1);
  append(payload, events.data(), events.size());
  channel_.send(MessageType::kHistory, 0, 0, payload.data(), payload.size());
  return events.size();
}

}  // namespace sockscope
