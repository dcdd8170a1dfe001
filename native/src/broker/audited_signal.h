// A signal with its audit: written down once the process is known to be the one that was meant and may be
// signalled.
#pragma once

#include <functional>
#include <optional>

#include "audit/audit.h"

namespace sockscope {

class AuditedSignal {
 public:
  AuditedSignal(Audit& audit, const ClaimedClient& client, const SignalRequest& request)
      : audit_(audit), request_(request), act_(signal_act(client, request)) {}

  // Throws SystemError: ESRCH, it has ended; EPERM; and where the audit log cannot be written. `permit`
  // throws where the process may not be signalled.
  void send(const std::function<void()>& permit);

 private:
  // Thrown once the agent's own refusal is known to be of a process that may be signalled.
  struct Refused {};

  void send_permitted(const std::function<void()>& permit);
  void record_sent();
  void record_failure(int error);

  Audit& audit_;
  SignalRequest request_;
  Act act_;
  std::optional<Lines> intended_;
};

}  // namespace sockscope
