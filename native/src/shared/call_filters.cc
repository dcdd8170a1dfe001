#include "shared/call_filters.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <initializer_list>

#include "shared/newer_names.h"

namespace sockscope {

namespace {

// Calls that no part of the agent makes once it serves.
constexpr unsigned kOfNoUse[] = {
    // Other programs.
    SYS_execve,
    SYS_execveat,
    // Other processes' memory.
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
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
    SYS_fspick,
    SYS_open_tree,
    SYS_move_mount,
    SYS_open_by_handle_at,
    SYS_mknodat,
    SYS_fanotify_init,
    SYS_quotactl,
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
    SYS_vhangup,
#if defined(__x86_64__)
    SYS_mknod,
    SYS_iopl,
    SYS_ioperm,
#endif
};

// What the broker does, and the agent need not.
constexpr unsigned kOfBroker[] = {
    // New connections and listeners: open descriptors stay in use. A pair of datagram sockets can be
    // connected
    // anew.
    SYS_socket,
    SYS_socketpair,
    SYS_listen,
    // Other processes' descriptors, BPF, namespaces.
    SYS_pidfd_getfd,
    SYS_bpf,
    SYS_setns,
};

// The agent keeps the terminal that it was started in, whose shell may be root's: what it types or pastes
// there, that shell runs.
const FilteredCall kTerminalInput = {SYS_ioctl, {}, 1, {TIOCSTI, TIOCLINUX}};

// The rest would load programs, create maps, pin them, or find those of others.
const FilteredCall kBpfOfLoadedObjects = {SYS_bpf,
                                          {
                                              BPF_MAP_LOOKUP_ELEM,
                                              BPF_MAP_UPDATE_ELEM,
                                              BPF_MAP_DELETE_ELEM,
                                              BPF_MAP_LOOKUP_AND_DELETE_ELEM,
                                              BPF_MAP_GET_NEXT_KEY,
                                              BPF_RAW_TRACEPOINT_OPEN,
                                              BPF_LINK_CREATE,
                                              BPF_ITER_CREATE,
                                          }};

// Memory, locks, and the end.
constexpr unsigned kOfEveryWalker[] = {
    SYS_read,
    SYS_close,
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_futex,
    SYS_clock_gettime,
    SYS_getpid,
    SYS_gettid,
    SYS_rt_sigreturn,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_restart_syscall,
};

// To enter namespaces, to read which sockets there are from /proc/net, and to drop the right to do so.
constexpr unsigned kOfVisit[] = {
    SYS_setns,  SYS_newfstatat, SYS_fstat, SYS_lseek,   SYS_readv,
    SYS_capget, SYS_capset,     SYS_prctl, SYS_seccomp,
};

template <size_t size>
void add(CallFilter& filter, const unsigned (&numbers)[size]) {
  for (unsigned number : numbers) filter.calls.push_back({number});
}

CallFilter walker_with(std::initializer_list<FilteredCall> calls) {
  CallFilter filter = {CallFilter::kAllowOnly, calls};
  add(filter, kOfEveryWalker);
  return filter;
}

}  // namespace

CallFilter calls_of_agent() {
  CallFilter filter = {CallFilter::kRefuse, {kTerminalInput}};
  add(filter, kOfNoUse);
  add(filter, kOfBroker);
  return filter;
}

CallFilter calls_of_broker() {
  CallFilter filter = {CallFilter::kRefuse, {kTerminalInput, kBpfOfLoadedObjects}};
  add(filter, kOfNoUse);
  return filter;
}

CallFilter calls_of_walk() { return walker_with({{SYS_bpf, {BPF_ITER_CREATE}}}); }

CallFilter calls_of_sock_diag() {
  return walker_with({{SYS_socket, {AF_NETLINK}}, {SYS_connect}, {SYS_sendto}, {SYS_recvfrom}});
}

CallFilter calls_of_query() {
  CallFilter filter = calls_of_sock_diag();
  filter.calls.push_back({SYS_getsockopt});
  return filter;
}

CallFilter calls_of_visit() {
  CallFilter filter = calls_of_query();
  add(filter, kOfVisit);
  filter.calls.push_back({SYS_openat, {O_RDONLY | O_CLOEXEC}, 2});
  return filter;
}

CallFilter calls_of_bind_trial() {
  return walker_with(
      {{SYS_socket, {AF_INET, AF_INET6}}, {SYS_setsockopt}, {SYS_bind}, {SYS_listen}, {SYS_clock_nanosleep}});
}

CallFilter calls_of_namespace_opening() {
  return walker_with({{SYS_pidfd_open}, {SYS_pidfd_getfd}, {SYS_ioctl, {SIOCGSKNS}, 1}, {SYS_sendmsg}});
}

}  // namespace sockscope
