// A destroy with its audit: what is allowed is written down before it is tried, and its outcome afterwards.
#pragma once

#include <optional>
#include <vector>

#include "audit/audit.h"
#include "broker/destroyer.h"
#include "broker/verifier.h"
#include "law/socket_law.h"

namespace sockscope {

class AuditedDestroy {
 public:
  AuditedDestroy(Audit& audit, const ClaimedClient& client, DestroyOptions options)
      : audit_(audit), client_(client), options_(options) {}

  // Throws SystemError where the audit log cannot be written; then nothing may be carried out.
  void judge(const std::vector<DestroyTarget>& targets, const std::vector<Judgement>& judgements,
             const DestroyRequest& request);

  // A verified reply for each target that was judged, in order. `start`: before they were judged.
  std::vector<DestroyReply> carry_out(Destroyer& destroyer, Verifier& verifier, TargetNamespaces& namespaces,
                                      Deadline start);

 private:
  void judge_each(const std::vector<DestroyTarget>& targets, const std::vector<Judgement>& judgements,
                  const DestroyRequest& request);
  void refuse(const DestroyTarget& target, const Judgement& judgement);
  void allow(size_t at, const DestroyTarget& target, const Judgement& judgement);
  void record(const std::vector<DestroyReply>& done);
  void record_failure(int error);

  Audit& audit_;
  ClaimedClient client_;
  DestroyOptions options_;
  std::vector<DestroyReply> replies_;
  // Those to carry out: their targets, acts, rows, and places in the request.
  std::vector<DestroyTarget> allowed_;
  std::vector<Intent> intents_;
  std::vector<std::optional<socket_record>> rows_;
  std::vector<size_t> places_;
};

}  // namespace sockscope
