// Whose a socket is, by the process that holds it.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "bpf/records.h"
#include "law/scope.h"

namespace sockscope {

// For one request: it remembers what it has found out.
class OwnerLaw {
 public:
  explicit OwnerLaw(const Scope& scope) : scope_(scope) {}

  // Whether the owner of this row counts as the served user.
  bool is_own(const socket_record& row);

 private:
  const Scope& scope_;
  std::map<std::pair<uint32_t, uint64_t>, bool> known_;  // by pid and start time
};

}  // namespace sockscope
