#include "engines/hooks.h"

#include <utility>

#include "engines/cgroup_root.h"
#include "engines/kernel_types.h"
#include "engines/pid_namespace.h"
#include "shared/error.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

struct Program {
  const char* name;
  Hooks::Kind kind;
  const char* tracepoint;  // null: of the cgroup
};

constexpr Program kPrograms[] = {
    {"connect4", Hooks::kConnects, nullptr},
    {"connect6", Hooks::kConnects, nullptr},
    {"sendmsg4", Hooks::kDatagrams, nullptr},
    {"sendmsg6", Hooks::kDatagrams, nullptr},
    {"packet_out", Hooks::kPackets, nullptr},
    {"packet_in", Hooks::kPackets, nullptr},
    {"attempt_state", Hooks::kLifecycle, "inet_sock_set_state"},
    {"attempt_error", Hooks::kLifecycle, "inet_sk_error_report"},
    {"attempt_reset", Hooks::kLifecycle, "tcp_receive_reset"},
    {"process_exit", Hooks::kLifecycle, "sched_process_exit"},
    {"process_fork", Hooks::kLifecycle, "sched_process_fork"},
};

void require_tracepoints(bpf_object* object) {
  for (const Program& program : kPrograms) {
    if (program.tracepoint && bpf_object__find_program_by_name(object, program.name) &&
        !kernel_has_tracepoint(program.tracepoint))
      throw SystemError("find a tracepoint of sockets or processes", ENOENT);
  }
}

}  // namespace

Hooks::Hooks(const EmbeddedObject& object)
    : object_(object, {set_pid_namespace, require_tracepoints}), cgroup_(cgroup2_mount()) {}

void Hooks::need(const void* user, unsigned kinds) {
  std::map<const void*, unsigned> needs = needs_;
  needs[user] = kinds;
  attach(needs);
  needs_ = std::move(needs);
}

void Hooks::attach(const std::map<const void*, unsigned>& needs) {
  unsigned kinds = 0;
  for (const auto& [user, needed] : needs) kinds |= needed;
  std::map<const char*, UniqueFd> added;
  for (const Program& program : kPrograms) {
    if ((kinds & program.kind) && links_.count(program.name) == 0)
      added[program.name] = program.tracepoint ? object_.attach_tracepoint(program.name)
                                               : attach_to_root(object_, program.name, cgroup_);
  }
  for (const Program& program : kPrograms) {
    if (!(kinds & program.kind)) links_.erase(program.name);
  }
  links_.merge(added);
}

}  // namespace sockscope
