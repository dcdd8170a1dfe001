#include "broker/audited_targets.h"

#include <set>
#include <utility>

#include "shared/error.h"

namespace sockscope {

namespace {

destroy_status status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGone:
    case Verdict::kUnseen:
      return DESTROY_PENDING;
    case Verdict::kChanged:
      return DESTROY_CHANGED;
    case Verdict::kAllowed:
      return DESTROY_LEFT;
    case Verdict::kDenied:
      break;
  }
  return DESTROY_DENIED;
}

int error_of(Verdict verdict) {
  if (verdict == Verdict::kDenied) return EPERM;
  return verdict == Verdict::kUnseen ? ENOENT : 0;
}

bool is_there(Verdict verdict) { return verdict == Verdict::kAllowed || verdict == Verdict::kDenied; }

// Of what the agent itself refuses, too.
DestroyReply untried(const DestroyTarget& target, destroy_status status, int error) {
  return {target.cookie,
          target.netns,
          static_cast<uint32_t>(DestroyEngine::kAuto),
          status,
          error,
          static_cast<uint32_t>(Remains::kUnknown),
          0};
}

}  // namespace

void AuditedTargets::judge(const Targets& targets, const std::vector<Judgement>& judgements, Limits limits) {
  try {
    judge_each(targets, judgements, limits);
  } catch (const SystemError& error) {
    record_failure(error.code());
    throw;
  }
}

void AuditedTargets::judge_each(const Targets& targets, const std::vector<Judgement>& judgements,
                                Limits limits) {
  // Anybody can make these up: they are counted.
  uint32_t missing = 0;
  std::set<std::pair<uint32_t, uint64_t>> seen;
  for (size_t at = 0; at < targets.size(); at++) {
    Verdict verdict = judgements[at].verdict;
    // The agent looks again, and asks again.
    bool is_stale = limits.as_seen && verdict != Verdict::kDenied && !judgements[at].is_as_seen;
    replies_.push_back(is_stale ? untried(targets[at], DESTROY_STALE, 0)
                                : untried(targets[at], status_of(verdict), error_of(verdict)));
    if (is_stale) continue;
    bool is_first = seen.insert({targets[at].netns, targets[at].cookie}).second;
    bool is_refused = at >= targets.size() - limits.refused;
    if (!is_there(verdict) || !is_first) {
      missing++;
    } else if (verdict == Verdict::kDenied || is_refused) {
      refuse(targets[at], judgements[at]);
    } else {
      allow(at, targets[at], judgements[at]);
    }
  }
  if (missing > 0) audit_.missing(words_.name, client_, missing);
  audit_.intend(intents_);
}

std::vector<DestroyReply> AuditedTargets::carry_out(
    const std::function<std::vector<DestroyReply>(const Targets&)>& act) {
  try {
    record(act(allowed_));
  } catch (const SystemError& error) {
    record_failure(error.code());
    throw;
  }
  return replies_;
}

void AuditedTargets::refuse(const DestroyTarget& target, const Judgement& judgement) {
  Act act = words_.act_of(target, judgement.row);
  bool is_denied = judgement.verdict == Verdict::kDenied;
  audit_.refuse(act, is_denied ? Outcome{"denied", "", 0, "scope"} : Outcome{"protected", "", 0, "agent"});
}

void AuditedTargets::allow(size_t at, const DestroyTarget& target, const Judgement& judgement) {
  allowed_.push_back(target);
  // What the broker has seen itself, not what the agent believes.
  allowed_.back().owner = judgement.row ? judgement.row->pid : 0;
  intents_.push_back({words_.act_of(target, judgement.row)});
  rows_.push_back(judgement.row);
  places_.push_back(at);
}

void AuditedTargets::record(const std::vector<DestroyReply>& done) {
  std::vector<Outcome> outcomes;
  for (size_t at = 0; at < done.size(); at++) {
    const char* outcome = words_.outcome_of(done[at], allowed_[at], rows_[at]);
    outcomes.push_back({outcome, engine_name(done[at].engine), done[at].error, ""});
    replies_[places_[at]] = done[at];
  }
  audit_.record(intents_, outcomes);
}

void AuditedTargets::record_failure(int error) {
  audit_.record(intents_, std::vector<Outcome>(intents_.size(), {"failed", "", error, ""}));
}

}  // namespace sockscope
