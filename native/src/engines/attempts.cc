#include "engines/attempts.h"

#include <bpf/bpf.h>

#include <cstring>
#include <utility>

#include "shared/error.h"

namespace sockscope {

namespace {

int keep_event(void* events, void* data, size_t size) {
  attempt_event event = {};
  if (size >= sizeof(event)) {
    std::memcpy(&event, data, sizeof(event));
    static_cast<std::vector<attempt_event>*>(events)->push_back(event);
  }
  return 0;
}

// Entries of an earlier watch must not be reported to the next one.
template <typename Key>
void clear(int map) {
  Key key;
  while (bpf_map_get_next_key(map, nullptr, &key) == 0) {
    if (bpf_map_delete_elem(map, &key) != 0) return;
  }
}

}  // namespace

Attempts::Attempts(Hooks& hooks)
    : hooks_(hooks),
      ring_(hooks.object().open_ring("attempts", keep_event, &events_)),
      losses_(hooks.object().variable<attempt_losses>(".bss.losses")),
      awaiting_bytes_(hooks.object().variable<Counts>(".bss.awaiting")),
      present_watch_(hooks.object().variable<uint32_t>(".bss.watch")) {}

void Attempts::watch(const connect_filter& filter) {
  set_filter(filter);
  unsigned kinds = Hooks::kConnects;
  if (filter.follows) kinds |= Hooks::kPackets | Hooks::kLifecycle;
  hooks_.need(this, kinds);
  watching_ = true;
}

void Attempts::watch_processes(const std::vector<uint32_t>& pids) {
  uint8_t yes = 1;
  for (uint32_t pid : pids)
    check(bpf_map_update_elem(hooks_.object().map_fd("watched"), &pid, &yes, BPF_ANY), "bpf_map_update_elem");
}

void Attempts::follow(const std::vector<uint64_t>& cookies) {
  uint32_t connecting = 0;
  for (uint64_t cookie : cookies)
    check(bpf_map_update_elem(hooks_.object().map_fd("followed"), &cookie, &connecting, BPF_ANY),
          "bpf_map_update_elem");
}

void Attempts::unwatch() {
  hooks_.need(this, 0);
  set_filter({});
  clear<uint64_t>(hooks_.object().map_fd("followed"));
  clear<uint32_t>(hooks_.object().map_fd("watched"));
  begin_count();
  watching_ = false;
  while (!take_events(kCapacity).empty()) continue;
  take_losses();
}

int Attempts::event_fd() const { return ring_buffer__epoll_fd(ring_.get()); }

std::vector<attempt_event> Attempts::take_events(size_t max) {
  check(ring_buffer__consume_n(ring_.get(), max), "ring_buffer__consume_n");
  return std::exchange(events_, {});
}

attempt_losses Attempts::take_losses() {
  attempt_losses now = {losses_->refusals, losses_->others, losses_->first_ns, losses_->last_ns};
  attempt_losses before = std::exchange(known_losses_, now);
  now.refusals -= before.refusals;
  now.others -= before.others;
  if (now.refusals + now.others > 0) losses_->first_ns = 0;
  // A loss that was counted while this ran may have its time set back with it.
  if (now.first_ns == 0) now.first_ns = now.last_ns;
  return now;
}

void Attempts::set_filter(const connect_filter& filter) const {
  uint32_t key = 0;
  check(bpf_map_update_elem(hooks_.object().map_fd("filters"), &key, &filter, BPF_ANY),
        "bpf_map_update_elem");
}

// A program may still run that was attached a moment ago, or is for an outage.
void Attempts::begin_count() const {
  uint32_t next = *present_watch_ ^ 1;
  (*awaiting_bytes_)[next] = 0;
  *present_watch_ = next;
}

}  // namespace sockscope
