#include "shared/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "shared/error.h"

namespace sockscope {

namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
// System calls of the x32 ABI, which have other numbers.
constexpr unsigned kForeignCalls = 0x40000000;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
constexpr unsigned kForeignCalls = 0x40000000;  // none
#else
#error "filter_calls knows x86_64 and aarch64 only"
#endif

// All CLONE_NEW* flags that clone() takes.
constexpr unsigned kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

sock_filter load(size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset)); }
sock_filter give(unsigned action) { return BPF_STMT(BPF_RET | BPF_K, action); }
sock_filter jump(unsigned test, unsigned value, unsigned char yes, unsigned char no) {
  return BPF_JUMP(BPF_JMP | test | BPF_K, value, yes, no);
}

constexpr unsigned kRefuse = SECCOMP_RET_ERRNO | EPERM;

// clone3 hides its flags behind a pointer: ENOSYS makes the C library take clone, whose flags can be checked.
void add_clone(std::vector<sock_filter>& filter) {
  filter.push_back(jump(BPF_JEQ, SYS_clone3, 0, 1));
  filter.push_back(give(SECCOMP_RET_ERRNO | ENOSYS));
  filter.push_back(jump(BPF_JEQ, SYS_clone, 0, 3));
  filter.push_back(load(offsetof(seccomp_data, args[0])));
  filter.push_back(jump(BPF_JSET, kNewNamespaces, 0, 1));
  filter.push_back(give(kRefuse));
}

bool is_allowed(const CallFilter& filter) { return filter.kind == CallFilter::kAllowOnly; }

// One action for these values, another one for all others.
void add_values(std::vector<sock_filter>& filter, const FilteredCall& call,
                const std::vector<unsigned>& values, unsigned with, unsigned without) {
  filter.push_back(jump(BPF_JEQ, call.number, 0, static_cast<unsigned char>(2 + 2 * values.size())));
  filter.push_back(load(offsetof(seccomp_data, args) + call.argument * sizeof(uint64_t)));
  for (unsigned value : values) {
    filter.push_back(jump(BPF_JEQ, value, 0, 1));
    filter.push_back(give(with));
  }
  filter.push_back(give(without));
}

void add_call(std::vector<sock_filter>& filter, const FilteredCall& call, unsigned listed, unsigned refused) {
  if (!call.only.empty()) return add_values(filter, call, call.only, SECCOMP_RET_ALLOW, refused);
  if (!call.not_with.empty()) return add_values(filter, call, call.not_with, refused, SECCOMP_RET_ALLOW);
  filter.push_back(jump(BPF_JEQ, call.number, 0, 1));
  filter.push_back(give(listed));
}

std::vector<sock_filter> make_program(const CallFilter& filter, int error) {
  const unsigned refused = SECCOMP_RET_ERRNO | error;
  std::vector<sock_filter> program = {
      load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, kArchitecture, 1, 0), give(SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),   jump(BPF_JGE, kForeignCalls, 0, 1), give(kRefuse),
  };
  for (const FilteredCall& call : filter.calls)
    add_call(program, call, is_allowed(filter) ? SECCOMP_RET_ALLOW : refused, refused);
  if (!is_allowed(filter)) add_clone(program);
  program.push_back(give(is_allowed(filter) ? refused : SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace

void filter_calls(const CallFilter& filter, int error) {
  std::vector<sock_filter> instructions = make_program(filter, error);
  sock_fprog program = {static_cast<unsigned short>(instructions.size()), instructions.data()};
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
  // TSYNC gives the filter, and no_new_privs with it, to all threads; a positive result is a thread that
  // cannot.
  long thread =
      check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program), "seccomp");
  if (thread > 0) throw SystemError("seccomp", ESRCH);
}

}  // namespace sockscope
