// How often a bind may be tried for a user who may not bind that port himself.
#pragma once

#include <cerrno>
#include <cstdint>

#include "law/scope.h"
#include "scans/unprivileged_ports.h"
#include "shared/broker_protocol.h"
#include "shared/error.h"
#include "shared/token_bucket.h"

namespace sockscope {

class BindLaw {
 public:
  BindLaw(const Scope& scope, UnprivilegedPorts ports) : scope_(scope), ports_(ports) {}

  // Whether it takes a right that the served user does not have. `opened`: a descriptor of the namespace.
  bool is_privileged(const BindRequest& request, int opened) {
    return scope_.uid() != 0 && request.port < ports_.first(request.netns, opened);
  }

  // Of privileged ports. Throws EDQUOT: trial upon trial would keep the port from a server that starts.
  void require_rate() {
    if (!rate_.take()) throw SystemError("try further binds", EDQUOT);
  }

 private:
  const Scope& scope_;
  UnprivilegedPorts ports_;
  TokenBucket rate_{20, std::chrono::milliseconds(500)};
};

}  // namespace sockscope
