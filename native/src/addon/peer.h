// What is at the other end of a Unix socket, or at its path.
#pragma once

#include <sys/types.h>

#include <string>

#include "shared/unique_fd.h"

namespace sockscope {

struct Peer {
  pid_t pid;
  uid_t uid;
  gid_t gid;
  UniqueFd pidfd;  // none before Linux 6.5
};

Peer peer_of(int socket);

// Whether a socket is still bound to this file, in whatever network namespace. A listener of streams notices
// nothing.
bool is_bound(const std::string& path);

}  // namespace sockscope
