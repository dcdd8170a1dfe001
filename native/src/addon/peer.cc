#include "addon/peer.h"

#include <sys/socket.h>

#include "shared/error.h"

// Linux 6.5; not in the headers of older distributions.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace sockscope {

namespace {

UniqueFd peer_pidfd(int socket) {
  int pidfd = -1;
  socklen_t length = sizeof(pidfd);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0) return UniqueFd(pidfd);
  // ESRCH, EINVAL: the peer has ended.
  if (errno != ENOPROTOOPT) throw SystemError("getsockopt(SO_PEERPIDFD)");
  return {};
}

}  // namespace

Peer peer_of(int socket) {
  ucred credentials = {};
  socklen_t length = sizeof(credentials);
  check(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length), "getsockopt(SO_PEERCRED)");
  return {credentials.pid, credentials.uid, credentials.gid, peer_pidfd(socket)};
}

}  // namespace sockscope
