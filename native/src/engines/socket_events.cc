#include "engines/socket_events.h"

#include <atomic>
#include <utility>

#include "engines/kernel_types.h"
#include "engines/pid_namespace.h"
#include "shared/error.h"

namespace sockscope {

namespace {

struct Tracepoint {
  const char* program;
  const char* name;
};

// In bpf/events.bpf.c. Without the first there are no events; the others only add the reason.
constexpr Tracepoint kTracepoints[] = {
    {"set_state", "inet_sock_set_state"},
    {"receive_reset", "tcp_receive_reset"},
    {"error_report", "inet_sk_error_report"},
};

void adapt(bpf_object* object) {
  read_directly(object);
  for (const Tracepoint& tracepoint : kTracepoints) {
    if (kernel_has_tracepoint(tracepoint.name)) continue;
    if (tracepoint.program == kTracepoints[0].program)
      throw SystemError("find tracepoint inet_sock_set_state", ENOENT);
    bpf_program__set_autoload(bpf_object__find_program_by_name(object, tracepoint.program), false);
  }
}

}  // namespace

SocketEvents::SocketEvents() : object_(events_object(), {set_pid_namespace, adapt}) {
  for (const Tracepoint& tracepoint : kTracepoints) {
    if (object_.has_program(tracepoint.program)) programs_.push_back(tracepoint.program);
  }
  ring_ = object_.open_ring("events", take, &ends_);
  watch_ = object_.variable<event_watch>(".bss");
  lost_ = object_.variable<uint32_t>(".bss.lost");
  object_.attach_tracepoint(programs_[0]);
}

void SocketEvents::watch() {
  if (watching()) return;
  std::vector<UniqueFd> links;
  for (const char* program : programs_) links.push_back(object_.attach_tracepoint(program));
  links_ = std::move(links);
  arm();
}

void SocketEvents::unwatch() {
  links_.clear();
  drain();
  take_ends();
}

int SocketEvents::event_fd() const { return ring_buffer__epoll_fd(ring_.get()); }

bool SocketEvents::drain() { return check(ring_buffer__consume(ring_.get()), "ring_buffer__consume") > 0; }

// The number first: what is noted for an earlier scan counts no more.
void SocketEvents::arm() {
  watch_->scan = watch_->scan + 1;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  watch_->armed = 1;
}

RecordedEnds SocketEvents::take_ends() {
  RecordedEnds ends = ends_.take();
  uint32_t now = *lost_;
  ends.lost_events += now - std::exchange(known_lost_, now);
  return ends;
}

int SocketEvents::take(void* ends, void* data, size_t size) {
  static_cast<SocketEnds*>(ends)->add(data, size);
  return 0;
}

}  // namespace sockscope
