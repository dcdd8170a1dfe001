// Events of connects, of their sockets, and of processes.
#pragma once

#include <vector>

#include "bpf/records.h"
#include "engines/hooks.h"

namespace sockscope {

class Attempts {
 public:
  explicit Attempts(Hooks& hooks);

  // A second watch replaces the filter, and keeps the followed sockets and watched processes.
  void watch(const connect_filter& filter);
  // Watches these processes, and all that they fork, besides those watched already.
  void watch_processes(const std::vector<uint32_t>& pids);
  // Reports events of these sockets, as of those that connect from now on.
  void follow(const std::vector<uint64_t>& cookies);
  void unwatch();
  bool watching() const { return watching_; }

  // Readable when there are events.
  int event_fd() const;
  // At most `max` of them, the oldest first.
  std::vector<attempt_event> take_events(size_t max);
  // The events that were lost since the last call.
  attempt_losses take_losses();

  // Number of events that the ring can hold, about.
  static constexpr size_t kCapacity = 6000;

 private:
  using Counts = uint32_t[2];

  void set_filter(const connect_filter& filter) const;
  void begin_count() const;

  Hooks& hooks_;
  Ring ring_;
  std::vector<attempt_event> events_;
  volatile attempt_losses* losses_;   // the programs' variable
  volatile Counts* awaiting_bytes_;   // likewise
  volatile uint32_t* present_watch_;  // likewise
  attempt_losses known_losses_ = {};
  bool watching_ = false;
};

}  // namespace sockscope
