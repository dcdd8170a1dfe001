#include "engines/history.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engines/cgroup_root.h"
#include "engines/kernel_types.h"
#include "engines/pid_namespace.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// Between two reads, while connections come and go.
constexpr std::chrono::milliseconds kReadEvery(20);

struct Program {
  const char* name;
  const char* tracepoint;  // null: of the cgroup
};

// In bpf/history.bpf.c; in the order in which they are attached: what knows of a connect first.
constexpr Program kPrograms[] = {
    {"history_destroy", "tcp_destroy_sock"},
    {"history_state", "inet_sock_set_state"},
    {"history_connect4", nullptr},
    {"history_connect6", nullptr},
};

void require_tracepoints(bpf_object*) {
  for (const Program& program : kPrograms) {
    if (program.tracepoint && !kernel_has_tracepoint(program.tracepoint))
      throw SystemError("find a tracepoint of TCP sockets", ENOENT);
  }
}

int keep_event(void* events, void* data, size_t size) {
  connection_event event = {};
  if (size >= sizeof(event)) {
    std::memcpy(&event, data, sizeof(event));
    static_cast<std::vector<connection_event>*>(events)->push_back(event);
  }
  return 0;
}

}  // namespace

History::History()
    : object_(history_object(), {set_pid_namespace, require_tracepoints}),
      cgroup_(cgroup2_mount()),
      ring_(object_.open_ring("connections", keep_event, &events_)),
      filter_(object_.variable<history_filter>(".bss.filter")),
      state_(object_.variable<history_state>(".bss.state")) {}

void History::keep(const history_filter& filter) {
  limit(filter);
  if (kept()) return;
  // One that could not be attached whole may have left events.
  drop();
  state_->keep = state_->keep + 1;
  state_->armed = 1;
  links_ = attach();
}

// The programs may read it meanwhile: a range that is being replaced covers nobody.
void History::limit(const history_filter& filter) {
  if (std::memcmp(const_cast<history_filter*>(filter_), &filter, sizeof(filter)) == 0) return;
  filter_->uid = filter.uid;
  filter_->has_uid = filter.has_uid;
  for (size_t at = 0; at < MAX_UID_RANGES; at++) {
    filter_->subuids[at].count = 0;
    filter_->subuids[at].first = filter.subuids[at].first;
    filter_->subuids[at].count = filter.subuids[at].count;
  }
}

void History::drop() {
  links_.clear();
  while (!take_events(kCapacity).empty()) continue;
  take_lost();
}

int History::event_fd() const { return state_->armed ? ring_buffer__epoll_fd(ring_.get()) : -1; }

int History::timeout_ms() const {
  if (state_->armed) return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now());
  return std::max<int>(0, left.count());
}

void History::rest() {
  state_->armed = 0;
  due_ = Clock::now() + kReadEvery;
}

std::vector<connection_event> History::take_events(size_t max) {
  check(ring_buffer__consume_n(ring_.get(), max), "ring_buffer__consume_n");
  return std::exchange(events_, {});
}

uint64_t History::take_lost() {
  uint64_t now = state_->lost;
  return now - std::exchange(known_lost_, now);
}

std::vector<UniqueFd> History::attach() const {
  std::vector<UniqueFd> links;
  for (const Program& program : kPrograms)
    links.push_back(program.tracepoint ? object_.attach_tracepoint(program.name)
                                       : attach_to_root(object_, program.name, cgroup_));
  return links;
}

}  // namespace sockscope
