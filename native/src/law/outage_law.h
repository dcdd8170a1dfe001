// Whom an outage may apply to, and whose connects are reported: with scope `mine` the served user alone,
// whatever the agent asked for.
#pragma once

#include <cstdint>
#include <vector>

#include "bpf/records.h"
#include "law/scope.h"
#include "scans/inventory.h"

namespace sockscope {

// Whatever the agent says: the machine's first process, the broker (which calls this) and the agent.
std::vector<uint32_t> always_spared();

// The connects that the kernel may report.
connect_filter within_scope(connect_filter filter, const Scope& scope);

// The connections that the kernel may record.
history_filter history_within(const Scope& scope);

// The rule, for the served user's processes alone.
outage_rule within_scope(outage_rule rule, const Scope& scope);

// The rule, for an hour at most.
outage_rule within_time(outage_rule rule);

// Those of these cookies that a covered process holds: sockets whose packets a blackhole may swallow.
std::vector<uint64_t> within_scope(const std::vector<uint64_t>& cookies, Inventory& inventory,
                                   const Scope& scope);

}  // namespace sockscope
