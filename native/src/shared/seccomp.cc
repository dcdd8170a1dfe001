#include "shared/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

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
#error "refuse_calls knows x86_64 and aarch64 only"
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

std::vector<sock_filter> make_filter(const std::vector<unsigned>& refused, int error) {
  std::vector<sock_filter> filter = {
      load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, kArchitecture, 1, 0), give(SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),   jump(BPF_JGE, kForeignCalls, 0, 1), give(kRefuse),
  };
  for (unsigned number : refused) {
    filter.push_back(jump(BPF_JEQ, number, 0, 1));
    filter.push_back(give(SECCOMP_RET_ERRNO | error));
  }
  add_clone(filter);
  filter.push_back(give(SECCOMP_RET_ALLOW));
  return filter;
}

}  // namespace

const std::vector<unsigned>& calls_of_no_use() {
  static const std::vector<unsigned> calls = {
    // Other programs.
    SYS_execve,
    SYS_execveat,
    // Other processes' memory.
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    // The kernel's inside.
    SYS_userfaultfd,
    SYS_io_uring_setup,  // it would do calls past this filter
    SYS_perf_event_open,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_syslog,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    // Roots and mounts, files past their folders, devices.
    SYS_unshare,
    SYS_chroot,
    SYS_pivot_root,
    SYS_mount,
    SYS_umount2,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_open_tree,
    SYS_move_mount,
    SYS_open_by_handle_at,
    SYS_mknodat,
    // The machine: its clocks, names, swap and power.
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_reboot,
#if defined(__x86_64__)
    SYS_iopl,
    SYS_ioperm,
#endif
  };
  return calls;
}

void refuse_calls(const std::vector<unsigned>& numbers, int error) {
  std::vector<sock_filter> filter = make_filter(numbers, error);
  sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
  // TSYNC gives the filter, and no_new_privs with it, to all threads; a positive result is a thread that
  // cannot.
  long thread =
      check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program), "seccomp");
  if (thread > 0) throw SystemError("seccomp", ESRCH);
}

}  // namespace sockscope
