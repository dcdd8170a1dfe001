#include "broker/audited_signal.h"

#include "shared/error.h"
#include "shared/signal_process.h"

namespace sockscope {

void AuditedSignal::send(const std::function<void()>& permit) {
  try {
    send_permitted(permit);
    record_sent();
  } catch (const Refused&) {
    audit_.refuse(act_, {"protected", "", 0, "agent"});
  } catch (const SystemError& error) {
    record_failure(error.code());
    throw;
  }
}

void AuditedSignal::send_permitted(const std::function<void()>& permit) {
  signal_process(static_cast<pid_t>(request_.pid), request_.start_time, static_cast<int>(request_.signal),
                 [&] {
                   permit();
                   if (request_.refused) throw Refused();
                   intended_ = audit_.intend(act_);
                   // It may have started a set-user-ID program while the line was written.
                   permit();
                 });
}

void AuditedSignal::record_sent() { audit_.record(act_, {"sent", "", 0, ""}, *intended_); }

void AuditedSignal::record_failure(int error) {
  if (intended_) return audit_.record(act_, {"failed", "", error, ""}, *intended_);
  if (error == ESRCH) return audit_.missing(act_.name, act_.claimed, 1);
  if (error == EPERM) audit_.refuse(act_, {"denied", "", 0, "scope"});
}

}  // namespace sockscope
