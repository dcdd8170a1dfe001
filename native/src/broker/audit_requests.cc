// The request that reads the audit log.

#include "broker/broker.h"
#include "broker/payload.h"

namespace sockscope {

namespace {

constexpr size_t kMaxLinesBytes = 1 << 20;

}  // namespace

void Broker::audit_lines(const Message& request) {
  auto since_ms = exactly<AuditRequest>(request).since_ms;
  bool complete = false;
  std::string lines = audit_.own_lines(time_text(since_ms), kMaxLinesBytes, complete);
  AuditReply header = {complete, 0};
  std::vector<char> payload;
  append(payload, &header, 1);
  append(payload, lines.data(), lines.size());
  reply(request, payload.data(), payload.size());
}

}  // namespace sockscope
