#include "scans/tcp_timers.h"

#include <time.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "shared/error.h"

namespace sockscope {

namespace {

// CONFIG_HZ: a coarse clock has the resolution of a tick.
uint64_t ticks_per_second() {
  timespec tick;
  check(clock_getres(CLOCK_MONOTONIC_COARSE, &tick), "clock_getres");
  return (1'000'000'000 + tick.tv_nsec / 2) / tick.tv_nsec;
}

TcpTimers in_milliseconds(const timer_record& record, uint64_t hz) {
  // More than 49 days do not fit, and the owner of a namespace may set more.
  auto ms = [hz](uint32_t ticks) {
    return static_cast<uint32_t>(std::min<uint64_t>(ticks * 1000ull / hz, UINT32_MAX));
  };
  TcpTimers timers = {};
  timers.found = 1;
  timers.state = record.state;
  timers.keepalive = record.keepalive;
  timers.keepalive_time_ms = ms(record.keepalive_time);
  timers.keepalive_interval_ms = ms(record.keepalive_interval);
  timers.keepalive_probes = record.keepalive_probes;
  timers.user_timeout_ms = record.user_timeout_ms;
  timers.rto_ms = ms(record.rto);
  timers.rto_max_ms = record.rto_max_ms;
  timers.rtt_us = record.srtt_us / 8;
  timers.retries = record.retries;
  timers.retransmits = record.retransmits;
  timers.probes_out = record.probes_out;
  timers.unacked = record.unacked;
  timers.send_window = record.send_window;
  timers.since_ack_ms = ms(record.since_ack);
  timers.since_data_ms = ms(record.since_data);
  return timers;
}

}  // namespace

std::vector<TcpTimers> read_timers(const TimerLister* lister, const std::vector<DestroyTarget>& targets) {
  if (!lister) throw SystemError("read the timers of connections", ENOSYS);
  std::vector<TcpTimers> found(targets.size());
  std::unordered_map<uint64_t, size_t> places;
  std::set<uint32_t> owners;
  for (size_t at = 0; at < targets.size(); at++) {
    places.emplace(targets[at].cookie, at);
    owners.insert(targets[at].owner);
  }
  uint64_t hz = ticks_per_second();
  auto keep = [&](const timer_record& record) {
    auto place = places.find(record.cookie);
    if (place == places.end() || targets[place->second].netns != record.netns) return;
    found[place->second] = in_milliseconds(record, hz);
  };
  PortSelection around = PortSelection::around(targets);
  if (owners.count(0) != 0 || owners.size() > kMaxOwners) {
    lister->each(around, keep);
    return found;
  }
  for (uint32_t pid : owners) lister->each_of(static_cast<pid_t>(pid), around, keep);
  return found;
}

}  // namespace sockscope
