// An act on sockets with its audit: what is allowed is written down before it is tried, and its outcome
// afterwards.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "audit/audit.h"
#include "law/socket_law.h"

namespace sockscope {

class AuditedTargets {
 public:
  using Targets = std::vector<DestroyTarget>;
  using Row = std::optional<socket_record>;

  // How the act stands in the log.
  struct Words {
    const char* name;
    std::function<Act(const DestroyTarget& target, const Row& row)> act_of;
    std::function<const char*(const DestroyReply& reply, const DestroyTarget& target, const Row& row)>
        outcome_of;
  };

  // How the agent limits its request: as in DestroyRequest.
  struct Limits {
    uint32_t refused;
    bool as_seen;
  };

  AuditedTargets(Audit& audit, const ClaimedClient& client, Words words)
      : audit_(audit), client_(client), words_(std::move(words)) {}

  // Throws SystemError where the audit log cannot be written; then nothing may be carried out.
  void judge(const Targets& targets, const std::vector<Judgement>& judgements, Limits limits);

  // A reply for each target that was judged, in order. `act`: a reply for each of those that may be acted on.
  std::vector<DestroyReply> carry_out(const std::function<std::vector<DestroyReply>(const Targets&)>& act);

 private:
  void judge_each(const Targets& targets, const std::vector<Judgement>& judgements, Limits limits);
  void refuse(const DestroyTarget& target, const Judgement& judgement);
  void allow(size_t at, const DestroyTarget& target, const Judgement& judgement);
  void record(const std::vector<DestroyReply>& done);
  void record_failure(int error);

  Audit& audit_;
  ClaimedClient client_;
  Words words_;
  std::vector<DestroyReply> replies_;
  // Those to carry out: their targets, acts, rows, and places in the request.
  Targets allowed_;
  std::vector<Intent> intents_;
  std::vector<Row> rows_;
  std::vector<size_t> places_;
};

}  // namespace sockscope
