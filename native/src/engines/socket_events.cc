#include "engines/socket_events.h"

#include <cstring>
#include <utility>

#include "engines/kernel_types.h"
#include "shared/error.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// Beyond this many, events are left out, which counts like a full ring.
constexpr size_t kMaxEnds = 65536;

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

void leave_out_missing(bpf_object* object) {
  for (const Tracepoint& tracepoint : kTracepoints) {
    if (kernel_has_tracepoint(tracepoint.name)) continue;
    if (tracepoint.program == kTracepoints[0].program)
      throw SystemError("find tracepoint inet_sock_set_state", ENOENT);
    bpf_program__set_autoload(bpf_object__find_program_by_name(object, tracepoint.program), false);
  }
}

// The transitions that a call of the owner makes; all others happen to the socket while a packet is received,
// in the context of the process that happened to run. Without an error: with one, it was ended from outside.
bool is_made_by_owner(const socket_event& event) {
  switch (event.new_state) {
    case kFinWait1:
    case kLastAck:
      return true;
    case kClose:
      return event.error == 0 && (event.old_state == kEstablished || event.old_state == kSynSent ||
                                  event.old_state == kCloseWait || event.old_state == kListen);
    default:
      return false;
  }
}

// After the peer has closed (close-wait), the owner's close is no longer the cause.
bool is_closed_here(const socket_event& event) {
  return is_made_by_owner(event) && event.old_state != kCloseWait;
}

uint16_t flags_of(const socket_event& event) {
  if (event.kind == EVENT_RECEIVE_RESET) return kEndReset;
  if (event.kind != EVENT_STATE) return 0;
  uint16_t flags = 0;
  if (is_closed_here(event)) flags |= kEndHere;
  if (event.new_state == kCloseWait) flags |= kEndPeer;
  if (is_made_by_owner(event) && event.exiting) flags |= kEndExiting;
  if (event.new_state == kClose) flags |= kEndClosed;
  return flags;
}

// The cookie stays the same, but this is another connection.
bool is_new_connection(const socket_event& event) {
  return event.kind == EVENT_STATE && (event.new_state == kSynSent || event.new_state == kListen);
}

}  // namespace

SocketEvents::SocketEvents() : object_(events_object(), {{}, leave_out_missing}) {
  for (const Tracepoint& tracepoint : kTracepoints) {
    if (object_.has_program(tracepoint.program)) programs_.push_back(tracepoint.program);
  }
  ring_ = object_.open_ring("events", take, this);
  armed_ = object_.variable<uint32_t>(".bss");
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
  ends_.clear();
  take_lost();
}

int SocketEvents::event_fd() const { return ring_buffer__epoll_fd(ring_.get()); }

bool SocketEvents::drain() { return check(ring_buffer__consume(ring_.get()), "ring_buffer__consume") > 0; }

void SocketEvents::arm() { *armed_ = 1; }

NamespaceSet SocketEvents::take_namespaces() { return std::exchange(namespaces_, {}); }

RecordedEnds SocketEvents::take_ends() {
  RecordedEnds recorded;
  for (const auto& [cookie, end] : std::exchange(ends_, {})) recorded.ends.push_back(end);
  recorded.lost_events = take_lost();
  return recorded;
}

uint32_t SocketEvents::take_lost() {
  uint32_t now = *lost_;
  return std::exchange(left_out_, 0) + now - std::exchange(known_lost_, now);
}

int SocketEvents::take(void* events, void* data, size_t size) {
  socket_event event;
  if (size < sizeof(event)) return 0;
  std::memcpy(&event, data, sizeof(event));
  static_cast<SocketEvents*>(events)->add(event);
  return 0;
}

void SocketEvents::add(const socket_event& event) {
  namespaces_.insert(event.netns);
  if (is_new_connection(event)) ends_.erase(event.cookie);
  uint16_t flags = flags_of(event);
  if (event.cookie == 0 || (flags == 0 && event.error == 0)) return;
  if (ends_.size() == kMaxEnds && ends_.count(event.cookie) == 0) {
    left_out_++;
    return;
  }
  SocketEnd& end = ends_[event.cookie];
  end.cookie = event.cookie;
  end.netns = event.netns;
  end.flags |= flags;
  if (event.error != 0) end.error = event.error;
}

}  // namespace sockscope
