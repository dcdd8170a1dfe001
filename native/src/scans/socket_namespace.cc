#include "scans/socket_namespace.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstring>

#include "shared/error.h"
#include "shared/net_namespace.h"
#include "shared/newer_names.h"

namespace sockscope {

namespace {

// A message of one byte, with space for one descriptor (cmsg(3)).
struct OneByte {
  char byte = 0;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {nullptr, 0, &data, 1, ancillary, sizeof(ancillary), 0};
};

void send_descriptor(int through, int fd) {
  OneByte sent;
  cmsghdr* header = CMSG_FIRSTHDR(&sent.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(fd));
  std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  check(sendmsg(through, &sent.message, 0), "sendmsg");
}

// Empty: none was sent.
UniqueFd receive_descriptor(int through) {
  OneByte received;
  if (recvmsg(through, &received.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&received.message);
  if (!header || header->cmsg_type != SCM_RIGHTS) return {};
  int fd;
  std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return UniqueFd(fd);
}

// Closes nothing: at the end of a process the kernel does not linger.
void send_namespace(int pid, int fd, int through) {
  int process = check(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "pidfd_open");
  int socket = check(static_cast<int>(syscall(SYS_pidfd_getfd, process, fd, 0)), "pidfd_getfd");
  send_descriptor(through, check(ioctl(socket, SIOCGSKNS), "SIOCGSKNS"));
}

}  // namespace

UniqueFd SocketNamespaces::open(int pid, int fd, Deadline deadline) {
  if (Clock::now() >= deadline) return errno = ETIMEDOUT, UniqueFd();
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  UniqueFd ours(ends[0]), theirs(ends[1]), here = open_own_namespace();
  WalkerJob job = {
      here.get(), {theirs.get()}, Process::kNamespaceOpening, [&] { send_namespace(pid, fd, theirs.get()); }};
  int error = waiters_.run(job, deadline, [] {});
  UniqueFd opened = receive_descriptor(ours.get());
  // Without a failure there, there was no room for it here.
  if (!opened) errno = error != 0 ? error : EMFILE;
  return opened;
}

}  // namespace sockscope
