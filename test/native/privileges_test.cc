// A child for each process of the table, which takes its privileges by the code that the process takes them
// by, and then tries what it must not do. Root makes the parent; without it, only the filters are tried.
#include "shared/privileges.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <set>
#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

// A uid of the agent's range, which nothing else has.
constexpr unsigned kOwnUid = 65519;
// A process of another user, which the tests try to reach.
pid_t foreign = 0;
// What `foreign` could be read or written at.
char shared_page[64];

struct Attempt {
  const char* name;
  std::function<long()> call;  // < 0: refused, by errno
  // Where it is no wrong.
  std::set<Process> allowed = {};
};

long open_file(const char* path, int flags) {
  return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

long bpf(int command) {
  union bpf_attr attributes;
  std::memset(&attributes, 0, sizeof(attributes));
  return syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

// The smallest program that the kernel loads: return 0.
long load_program() {
  bpf_insn code[2] = {};
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[1].code = BPF_JMP | BPF_EXIT;
  union bpf_attr attributes;
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = reinterpret_cast<uint64_t>(code);
  attributes.insn_cnt = 2;
  attributes.license = reinterpret_cast<uint64_t>("MIT");
  return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

long make_map() {
  union bpf_attr attributes;
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

long listen_at_path() {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_un name = {AF_UNIX, "/run/sockscope-privileges-test"};
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0) return -1;
  return listen(fd, 1);
}

// By a pair of sockets, which takes no socket(): one of datagrams may be connected anew.
long socket_of_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  sockaddr_un nowhere = {AF_UNIX, "/run/sockscope-privileges-test"};
  int result = connect(ends[0], reinterpret_cast<sockaddr*>(&nowhere), sizeof(nowhere));
  return result == 0 || errno == ENOENT ? 0 : -1;
}

// A terminal whose session the child leads, as the shell of who starts the agent does; -1: none.
int own_terminal() {
  int pair = posix_openpt(O_RDWR | O_NOCTTY);
  if (pair < 0 || grantpt(pair) != 0 || unlockpt(pair) != 0) return -1;
  setsid();
  return open(ptsname(pair), O_RDWR | O_CLOEXEC);
}

// Made before the rights are given up, as the agent's own is.
int terminal = -1;

long type_into_terminal() { return ioctl(terminal, TIOCSTI, "x"); }

// Only the lower half of a request counts for the kernel.
long type_by_a_wide_request() { return syscall(SYS_ioctl, terminal, TIOCSTI | 1UL << 32, "x"); }

// The selection of a console. Another terminal has none, and answers so to whoever may ask.
long paste_into_console() {
  char what = 3;  // TIOCL_PASTESEL
  return ioctl(terminal, TIOCLINUX, &what);
}

long run_program() {
  char* arguments[] = {const_cast<char*>("/bin/true"), nullptr};
  return execve("/bin/true", arguments, arguments + 1);
}

long read_memory(int call) {
  iovec here = {shared_page, sizeof(shared_page)};
  return syscall(call, foreign, &here, 1, &here, 1, 0);
}

long child_in(unsigned long flags) {
  long child = syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);
  if (child == 0) _exit(0);
  return child;
}

// Signal 0 tests the right to signal, and nothing ends.
const std::vector<Attempt>& attempts() {
  using P = Process;
  static const std::vector<Attempt> all = {
      {"read /etc/shadow", [] { return open_file("/etc/shadow", O_RDONLY); }, {P::kBroker, P::kVisit}},
      {"write a file of root's",
       [] { return open_file("/run/sockscope-privileges-test", O_WRONLY | O_CREAT); },
       {P::kBroker}},
      {"execve", run_program},
      {"execveat", [] { return syscall(SYS_execveat, -1, "", nullptr, nullptr, 0); }},
      {"ptrace", [] { return ptrace(static_cast<__ptrace_request>(0x4206), foreign, nullptr, nullptr); }},
      {"process_vm_readv", [] { return read_memory(SYS_process_vm_readv); }},
      {"process_vm_writev", [] { return read_memory(SYS_process_vm_writev); }},
      {"mount", [] { return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr); }},
      {"mount, the new way", [] { return syscall(SYS_fsopen, "tmpfs", 0); }},
      {"chroot", [] { return syscall(SYS_chroot, "/"); }},
      {"mknod",
       [] {
         return syscall(SYS_mknodat, AT_FDCWD, "/run/sockscope-privileges-test", S_IFCHR | 0600, 0x103);
       }},
      {"socket, TCP",
       [] { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); },
       {P::kBroker, P::kBindTrial}},
      {"socket, UDP over IPv6",
       [] { return syscall(SYS_socket, AF_INET6, SOCK_DGRAM, 0); },
       {P::kBroker, P::kBindTrial}},
      {"socket, netlink",
       [] { return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); },
       {P::kBroker, P::kSockDiag, P::kQuery, P::kVisit}},
      {"socket, packet", [] { return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0); }},
      {"socket, raw", [] { return syscall(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP); }},
      {"listener in the file system", listen_at_path, {P::kBroker}},
      {"socket, by a pair", socket_of_pair, {P::kBroker}},
      {"keys pressed in a terminal", type_into_terminal},
      {"keys pressed in a terminal, by a wide request", type_by_a_wide_request},
      {"selection pasted into a console", paste_into_console},
      {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
      {"a new BPF program", load_program},
      {"a new BPF map", make_map},
      {"a BPF program of others", [] { return bpf(BPF_PROG_GET_FD_BY_ID); }},
      {"a BPF program pinned", [] { return bpf(BPF_OBJ_PIN); }},
      {"signal to another user's process", [] { return syscall(SYS_kill, foreign, 0); }, {P::kBroker}},
      {"signal to one of root's", [] { return syscall(SYS_kill, getppid(), 0); }, {P::kBroker}},
      {"signal through a pidfd",
       [] {
         long pidfd = syscall(SYS_pidfd_open, foreign, 0);
         return pidfd < 0 ? pidfd : syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0);
       },
       {P::kBroker}},
      {"descriptor of another process",
       [] {
         long pidfd = syscall(SYS_pidfd_open, foreign, 0);
         return pidfd < 0 ? pidfd : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
       },
       {P::kBroker, P::kNamespaceOpening}},
      {"setuid to another user", [] { return syscall(SYS_setresuid, 12345, 12345, 12345); }},
      {"setgroups", [] { return syscall(SYS_setgroups, 0, nullptr); }},
      {"unshare", [] { return syscall(SYS_unshare, CLONE_NEWNS); }},
      {"unshare of users", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
      {"child in a new namespace", [] { return child_in(CLONE_NEWUSER); }},
      {"clone3", [] { return syscall(SYS_clone3, nullptr, 0); }},
      {"setns",
       [] { return syscall(SYS_setns, open_file("/proc/self/ns/net", O_RDONLY), CLONE_NEWNET); },
       {P::kBroker, P::kVisit}},
      {"keyctl", [] { return syscall(SYS_keyctl, 0, -3, 0); }},
      {"add_key", [] { return syscall(SYS_add_key, "user", "sockscope", "x", 1, -2); }},
      {"modules", [] { return syscall(SYS_finit_module, -1, "", 0); }},
      {"clock", [] { return syscall(SYS_clock_settime, CLOCK_REALTIME, nullptr); }},
      {"reboot", [] { return syscall(SYS_reboot, 0, 0, 0, nullptr); }},
      {"kernel log", [] { return syscall(SYS_syslog, 10, nullptr, 0); }},
      {"perf_event_open", [] { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
      {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
      {"limits of another process",
       [] { return syscall(SYS_prlimit64, foreign, RLIMIT_CORE, nullptr, shared_page); }},
  };
  return all;
}

// By the kernel, with the reasons that it gives for a missing right, or by the filter.
bool is_refusal(int error) { return error == EPERM || error == EACCES || error == ENOSYS; }

// As each process does it, the agent's uid included (agent/server/privileges.ts).
void take(Process process) {
  if (process == Process::kAgent) {
    setgroups(0, nullptr);
    if (setresgid(kOwnUid, kOwnUid, kOwnUid) != 0 || setresuid(kOwnUid, kOwnUid, kOwnUid) != 0) _exit(2);
  } else {
    keep_capabilities(capabilities_of(process));
  }
  filter_calls(privileges_of(process).calls);
}

// 0, or the errno with which it was refused; -1: it is still being tried.
int try_as(Process process, const Attempt& attempt, int* result) {
  *result = -1;
  pid_t child = fork();
  if (child == 0) {
    terminal = own_terminal();
    take(process);
    *result = attempt.call() < 0 ? errno : 0;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  unlink("/run/sockscope-privileges-test");
  return *result;
}

void try_all_as(Process process, int* result) {
  std::string wrong;
  int refused = 0;
  for (const Attempt& attempt : attempts()) {
    if (attempt.allowed.count(process)) continue;
    int error = try_as(process, attempt, result);
    refused += is_refusal(error);
    // A program that runs replaces the child before it can say so.
    if (!is_refusal(error)) wrong += std::string(", ") + attempt.name + ": " + std::to_string(error);
  }
  std::string name = privileges_of(process).name;
  expect(wrong.empty(), name + " cannot do " + std::to_string(refused) + " things" + wrong);
}

// The filter must leave what is needed: each process can do what its row says.
void try_needed(Process process, int* result) {
  std::string wrong;
  for (const Attempt& attempt : attempts()) {
    if (!attempt.allowed.count(process)) continue;
    int error = try_as(process, attempt, result);
    if (is_refusal(error) || error < 0)
      wrong += std::string(", ") + attempt.name + ": " + std::to_string(error);
  }
  expect(wrong.empty(), std::string(privileges_of(process).name) + " can do what it is for" + wrong);
}

// Those that change nothing which outlives the child.
const std::set<std::string> kOfRoot = {
    "read /etc/shadow",
    "execve",
    "ptrace",
    "process_vm_readv",
    "mount, the new way",
    "socket, packet",
    "socket, by a pair",
    "keys pressed in a terminal",
    "keys pressed in a terminal, by a wide request",
    "a new BPF program",
    "signal to another user's process",
    "setuid to another user",
    "unshare",
    "keyctl",
    "setns",
};

bool succeeds(const Attempt& attempt) {
  pid_t child = fork();
  if (child == 0) {
    terminal = own_terminal();
    _exit(attempt.call() < 0 ? 1 : 0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// An attempt that is not refused, by a mistake, must not change the machine's mounts.
void leave_mounts() {
  bool left = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!left) _exit(3);
}

pid_t start_foreign() {
  pid_t child = fork();
  if (child != 0) return child;
  if (setresuid(12345, 12345, 12345) != 0) _exit(1);
  for (;;) pause();
}

}  // namespace

int main() {
  auto* result =
      static_cast<int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  for (const Privileges& each : all_privileges())
    expect(&privileges_of(each.process) == &each, std::string(each.name) + " is in its place");
  if (geteuid() != 0) {
    std::printf("ok skipped: the rights are root's to drop\n");
    _exit(failures != 0);
  }
  leave_mounts();
  foreign = start_foreign();
  for (const Privileges& each : all_privileges()) {
    if (each.process == Process::kObserver) continue;
    try_all_as(each.process, result);
    try_needed(each.process, result);
  }
  // With all its rights, root can: the attempts are real.
  for (const Attempt& attempt : attempts()) {
    if (kOfRoot.count(attempt.name)) expect(succeeds(attempt), std::string("root could: ") + attempt.name);
  }
  kill(foreign, SIGKILL);
  waitpid(foreign, nullptr, 0);
  std::fflush(stdout);
  // Not by return: LeakSanitizer would need ptrace.
  _exit(failures == 0 ? 0 : 1);
}
