// Every request of the agent, with the rule that the broker holds it to. The agent is not believed.
#pragma once

#include <vector>

#include "shared/broker_protocol.h"

namespace sockscope {

enum class Rule {
  // Shows what `ss` shows to root of every process's sockets, and changes nothing.
  kRead,
  // Shows or changes something that belongs to somebody: only what the scope covers (law/).
  kScope,
  // Undoes what the agent has set up itself.
  kUndo,
  // Only as the very first request, before the agent serves anybody.
  kStartOnly,
};

struct Request {
  MessageType type;
  const char* name;
  Rule rule;
};

const std::vector<Request>& all_requests();

// `read`, `scope`, `undo`, `start only`.
const char* rule_name(Rule rule);

// Throws SystemError: EINVAL where it is no request; EPERM where it should have been the first.
Rule require_known(MessageType type, bool is_first);

}  // namespace sockscope
