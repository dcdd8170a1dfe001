// Credentials of the process at the other end of a Unix socket.
#pragma once

#include <sys/types.h>

#include "shared/unique_fd.h"

namespace sockscope {

struct Peer {
  pid_t pid;
  uid_t uid;
  gid_t gid;
  UniqueFd pidfd;  // none before Linux 6.5
};

Peer peer_of(int socket);

}  // namespace sockscope
