// Forks the broker.
#pragma once

#include <sys/types.h>

#include "engines/engines.h"
#include "law/scope.h"
#include "shared/unique_fd.h"

namespace sockscope {

struct BrokerProcess {
  pid_t pid;
  UniqueFd control;  // our end
  UniqueFd memory;
};

// What the agent is about to do first.
enum class FirstWork { kAnything, kListAll };

// The broker serves this user, in this scope, with these engines, for as long as it lives. Throws SystemError
// where no process could be made.
BrokerProcess fork_broker(Served served, EngineSet engines, FirstWork first);

}  // namespace sockscope
