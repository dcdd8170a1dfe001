#include "engines/outages.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <unordered_set>

#include "shared/error.h"

namespace sockscope {

namespace {

using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC

// From the last renewal: rules end within a second, and the next renewal may be a little late.
constexpr std::chrono::milliseconds kHoldsFor{900};

void put(int map, const void* key, const void* value) {
  check(bpf_map_update_elem(map, key, value, BPF_ANY), "bpf_map_update_elem");
}

// Deletes the keys of a map that a condition holds for.
template <typename Key, typename Value, typename Condition>
void remove_if(int map, Condition condition) {
  std::vector<Key> found;
  Key key, next;
  for (bool first = true; bpf_map_get_next_key(map, first ? nullptr : &key, &next) == 0; first = false) {
    key = next;
    Value value;
    if (bpf_map_lookup_elem(map, &key, &value) == 0 && condition(key, value)) found.push_back(key);
  }
  for (const Key& one : found) bpf_map_delete_elem(map, &one);
}

}  // namespace

Outages::Outages(Hooks& hooks) : hooks_(hooks), clock_(hooks.object().variable<outage_clock>(".bss")) {}

void Outages::set(uint32_t index, const outage_rule& rule, const OutageParts& parts) {
  clear(index);
  const BpfObject& object = hooks_.object();
  outage_count none = {};
  put(object.map_fd("counts"), &index, &none);
  for (const RuleProcess& process : parts.processes) add(index, process);
  for (uint64_t cookie : parts.cookies) put(object.map_fd("held"), &cookie, &index);
  faults_[index] = rule.fault;
  expires_ns_[index] = rule.expires_ns;
  attach();
  renew();
  // Last, because it puts the rule in force.
  put(object.map_fd("rules"), &index, &rule);
}

void Outages::clear(uint32_t index) {
  outage_rule none = {};
  put(hooks_.object().map_fd("rules"), &index, &none);
  faults_[index] = 0;
  empty(index);
  attach();
}

void Outages::drop_expired() {
  uint64_t now = nanoseconds(Clock::now().time_since_epoch()).count();
  for (uint32_t index = 0; index < OUTAGE_RULES; index++) {
    if (is_set(index) && expires_ns_[index] <= now) clear(index);
  }
}

void Outages::extend(uint32_t index, const RuleProcess& added) const {
  if (is_set(index)) add(index, added);
}

void Outages::add(uint32_t index, const RuleProcess& process) const {
  rule_process key = {index, process.pid};
  put(hooks_.object().map_fd("rule_processes"), &key, &process.start_time);
}

void Outages::empty(uint32_t index) const {
  const BpfObject& object = hooks_.object();
  remove_if<rule_process, uint64_t>(object.map_fd("rule_processes"),
                                    [index](const rule_process& key, uint64_t) { return key.rule == index; });
  remove_if<uint64_t, uint32_t>(object.map_fd("held"),
                                [index](uint64_t, uint32_t rule) { return rule == index; });
}

void Outages::spare(const std::vector<uint32_t>& pids) const {
  int map = hooks_.object().map_fd("spared");
  uint8_t yes = 1;
  std::unordered_set<uint32_t> kept(pids.begin(), pids.end());
  // First, so that there is room for the others; those that stay are not touched.
  remove_if<uint32_t, uint8_t>(map, [&kept](uint32_t pid, uint8_t) { return kept.count(pid) == 0; });
  for (uint32_t pid : pids) put(map, &pid, &yes);
}

std::vector<outage_count> Outages::counts() const {
  std::vector<outage_count> counts(OUTAGE_RULES);
  for (uint32_t index = 0; index < OUTAGE_RULES; index++)
    check(bpf_map_lookup_elem(hooks_.object().map_fd("counts"), &index, &counts[index]),
          "bpf_map_lookup_elem");
  return counts;
}

bool Outages::active() const {
  return std::any_of(faults_.begin(), faults_.end(), [](uint8_t fault) { return fault != 0; });
}

void Outages::renew() const {
  clock_->alive_until_ns = nanoseconds((Clock::now() + kHoldsFor).time_since_epoch()).count();
}

void Outages::attach() {
  unsigned kinds = 0;
  uint32_t used = 0, blackholes = 0;
  for (uint32_t index = 0; index < OUTAGE_RULES; index++) {
    if (!is_set(index)) continue;
    used = index + 1;
    kinds |= Hooks::kConnects | Hooks::kDatagrams;
    if (faults_[index] == OUTAGE_BLACKHOLE) blackholes++;
  }
  if (blackholes > 0) kinds |= Hooks::kPackets;
  clock_->rules_used = used;
  clock_->blackholes = blackholes;
  hooks_.need(this, kinds);
}

}  // namespace sockscope
