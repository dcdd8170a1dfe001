// Connections that open, fail to open, and end, by programs that are attached only while a history is kept.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bpf/records.h"
#include "engines/bpf_object.h"

namespace sockscope {

class History {
 public:
  // Loads; throws SystemError.
  History();

  // Where it is kept already, the filter is replaced.
  void keep(const history_filter& filter);
  // What comes from now on is within this filter.
  void limit(const history_filter& filter);
  void drop();
  bool kept() const { return !links_.empty(); }

  // Readable at the first event of those that come next; -1 while it is not awaited, but due by the clock.
  int event_fd() const;
  // Milliseconds until events should be read; -1: when event_fd() is readable.
  int timeout_ms() const;
  bool is_due() const { return timeout_ms() == 0; }
  // Events are awaited from now on, or read after a pause.
  void await() { state_->armed = 1; }
  void rest();
  // At most `max` of them, the oldest first.
  std::vector<connection_event> take_events(size_t max);
  // How many were lost since the last call.
  uint64_t take_lost();

  // Number of events that the ring can hold, about.
  static constexpr size_t kCapacity = 7000;

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<UniqueFd> attach() const;

  BpfObject object_;
  std::string cgroup_;
  Ring ring_;
  std::vector<connection_event> events_;
  volatile history_filter* filter_;  // the programs' variables
  volatile history_state* state_;
  uint64_t known_lost_ = 0;
  Clock::time_point due_;  // of the next read, unless the programs wake the broker
  std::vector<UniqueFd> links_;
};

}  // namespace sockscope
