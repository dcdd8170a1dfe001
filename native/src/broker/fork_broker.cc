#include "broker/fork_broker.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "broker/broker.h"
#include "broker/payload.h"
#include "shared/allocator.h"
#include "shared/error.h"
#include "shared/inherited.h"
#include "shared/privileges.h"
#include "shared/process.h"

namespace sockscope {

namespace {

// Ctrl-C and hangup of the terminal are for the agent, which ends the broker by closing the control socket.
void leave_terminal() {
  setsid();
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
}

// Where it cannot be, the broker answers the first request with the reason, and ends.
std::optional<Audit> open_audit(Served served, const UniqueFd& control, const UniqueFd& parent) {
  try {
    reset_inherited();
    return Audit(served, LogFile(kAuditFolder));
  } catch (const SystemError& error) {
    Channel channel(UniqueFd(check(dup(control.get()), "dup")), kMaxRequestBytes, {parent.get()});
    Message first;
    if (channel.receive(first))
      channel.send(static_cast<MessageType>(first.header.type), first.header.id, error.code(),
                   error.step().data(), error.step().size());
    return std::nullopt;
  }
}

void be_broker(Served served, EngineSet set, FirstWork first, UniqueFd control, UniqueFd memory,
               UniqueFd parent) {
  detach_standard_streams();
  close_all_but({control.get(), memory.get(), parent.get()});
  std::optional<Audit> audit = open_audit(served, control, parent);
  if (!audit) return;
  leave_terminal();
  check(prctl(PR_SET_NAME, "sscope-broker"), "prctl(PR_SET_NAME)");
  check(prctl(PR_SET_DUMPABLE, 0), "prctl(PR_SET_DUMPABLE)");
  Engines engines = load_engines(set);
  keep_capabilities(capabilities_of(Process::kBroker, engines.lister != nullptr));
  filter_calls(privileges_of(Process::kBroker).calls);
  Broker broker(served, std::move(*audit), std::move(control), std::move(memory), std::move(parent),
                std::move(engines));
  if (first == FirstWork::kListAll) broker.list_ahead();
  broker.run();
}

[[noreturn]] void run(Served served, EngineSet set, FirstWork first, UniqueFd control, UniqueFd memory,
                      UniqueFd parent) noexcept {
  try {
    be_broker(served, set, first, std::move(control), std::move(memory), std::move(parent));
    _exit(0);
  } catch (...) {
    _exit(1);
  }
}

}  // namespace

BrokerProcess fork_broker(Served served, EngineSet engines, FirstWork first) {
  keep_little_memory();
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  UniqueFd ours(ends[0]), theirs(ends[1]);
  UniqueFd memory(check(memfd_create("sockscope", MFD_CLOEXEC), "memfd_create"));
  // PR_SET_PDEATHSIG would not reach a root child from a parent that has become an ordinary user.
  UniqueFd parent(check(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)), "pidfd_open"));
  pid_t pid = check(fork(), "fork");
  if (pid == 0) run(served, engines, first, std::move(theirs), std::move(memory), std::move(parent));
  return {pid, std::move(ours), std::move(memory)};
}

}  // namespace sockscope
