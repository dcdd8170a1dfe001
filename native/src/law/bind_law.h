// How often a bind may be tried for a user who may not bind that port himself.
#pragma once

#include <cerrno>
#include <cstdint>

#include "law/scope.h"
#include "shared/error.h"
#include "shared/token_bucket.h"

namespace sockscope {

// The usual value of a sysctl that each network namespace has (net.ipv4.ip_unprivileged_port_start).
constexpr uint16_t kFirstUnprivilegedPort = 1024;

class BindLaw {
 public:
  explicit BindLaw(const Scope& scope) : scope_(scope) {}

  // Whether it takes a right that the served user does not have.
  bool is_privileged(uint16_t port) const { return scope_.uid() != 0 && port < kFirstUnprivilegedPort; }

  // Throws EDQUOT: trial upon trial would keep the port from a server that starts.
  void require_rate(uint16_t port) {
    if (is_privileged(port) && !rate_.take()) throw SystemError("try further binds", EDQUOT);
  }

 private:
  const Scope& scope_;
  TokenBucket rate_{20, std::chrono::milliseconds(500)};
};

}  // namespace sockscope
