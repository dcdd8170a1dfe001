// Forks the broker.
#pragma once

#include <sys/types.h>

#include "shared/unique_fd.h"

namespace sockscope {

struct BrokerProcess {
  pid_t pid;
  UniqueFd control;  // our end
  UniqueFd memory;
};

// Throws SystemError where no process could be made.
BrokerProcess fork_broker();

}  // namespace sockscope
