#include "addon/peer.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

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

bool is_bound(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw SystemError("connect to " + path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd datagrams(check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  // The kernel finds the socket of the file before it compares the types.
  if (connect(datagrams.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return true;
  if (errno != EPROTOTYPE && errno != ECONNREFUSED) throw SystemError("connect to " + path);
  return errno == EPROTOTYPE;
}

}  // namespace sockscope
