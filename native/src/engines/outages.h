// Outages: remotes that are held down, by rules that the BPF programs read. Those of a capture (capture.h)
// are of the same kind.
#pragma once

#include <array>
#include <chrono>
#include <vector>

#include "engines/hooks.h"
#include "shared/broker_protocol.h"

namespace sockscope {

// A process that a rule is for. One that gets its number later is another.
struct RuleProcess {
  uint32_t pid;
  uint64_t start_time;  // clock ticks since boot, as /proc/PID/stat field 22; 0: there is none
};

// The processes and sockets of one rule, besides its own fields.
struct OutageParts {
  std::vector<RuleProcess> processes;
  // Sockets whose packets a blackhole swallows from the start, or the end of which begins the rule's hold_ns.
  std::vector<uint64_t> cookies;
};

class Outages {
 public:
  explicit Outages(Hooks& hooks);

  // Puts a rule at an index below OUTAGE_RULES; an earlier one there ends.
  void set(uint32_t index, const outage_rule& rule, const OutageParts& parts);
  void clear(uint32_t index);
  // Clears those that apply no longer.
  void drop_expired();
  bool is_set(uint32_t index) const { return faults_[index] != 0; }
  // One more process, of a rule that is there.
  void extend(uint32_t index, const RuleProcess& added) const;
  // Exempts these processes from all rules, instead of those that were spared before.
  void spare(const std::vector<uint32_t>& pids) const;
  std::vector<outage_count> counts() const;

  // Interval of renewal while rules are in force; without it they end by themselves.
  static constexpr std::chrono::milliseconds kRenewEvery{500};
  bool active() const;
  void renew() const;

 private:
  void attach();
  void add(uint32_t index, const RuleProcess& process) const;
  void empty(uint32_t index) const;

  Hooks& hooks_;
  volatile outage_clock* clock_;                   // the programs' variable
  std::array<uint8_t, OUTAGE_RULES> faults_ = {};  // enum outage_fault; 0: no rule
  std::array<uint64_t, OUTAGE_RULES> expires_ns_ = {};
};

}  // namespace sockscope
