#include "engines/socket_ends.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/tcp_states.h"

namespace sockscope {

namespace {

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

// All of them are children of the broker, which this runs in, and nothing else is.
bool is_by_walker(const socket_event& event) {
  return event.error == ECONNABORTED && event.parent == static_cast<uint32_t>(getpid());
}

uint16_t flags_of(const socket_event& event) {
  if (event.kind == EVENT_RECEIVE_RESET) return kEndReset;
  uint16_t flags = is_by_walker(event) ? kEndOurs : 0;
  if (event.kind != EVENT_STATE) return flags;
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

void SocketEnds::add(const void* data, size_t size) {
  socket_event event;
  if (size < sizeof(event)) return;
  std::memcpy(&event, data, sizeof(event));
  add(event);
}

void SocketEnds::add(const socket_event& event) {
  namespaces_.insert(event.netns);
  if (is_new_connection(event)) ends_.erase(event.cookie);
  uint16_t flags = flags_of(event);
  if (event.cookie == 0 || (flags == 0 && event.error == 0)) return;
  if (ends_.size() == kMax && ends_.count(event.cookie) == 0) {
    left_out_++;
    return;
  }
  SocketEnd& end = ends_[event.cookie];
  end.cookie = event.cookie;
  end.netns = event.netns;
  end.flags |= flags;
  if (event.error != 0) end.error = event.error;
}

RecordedEnds SocketEnds::take() {
  RecordedEnds recorded;
  for (const auto& [cookie, end] : std::exchange(ends_, {})) recorded.ends.push_back(end);
  recorded.lost_events = std::exchange(left_out_, 0);
  return recorded;
}

NamespaceSet SocketEnds::take_namespaces() { return std::exchange(namespaces_, {}); }

}  // namespace sockscope
