#include "audit/audit.h"

#include <algorithm>

#include "shared/error.h"

namespace sockscope {

namespace {

// Refusals cost nothing, so that one user could push out the lines of others with them. At this rate they are
// 3 MB a day.
constexpr std::chrono::duration<double> kBudgetEvery(10);
constexpr std::chrono::seconds kSumsEvery(60);

JsonObject claim(const ClaimedClient& claimed) {
  return JsonObject()
      .number("uid", claimed.uid)
      .number("pid", claimed.pid)
      .text("method", method_name(claimed.method));
}

JsonObject head(const std::string& phase, const std::string& act) {
  return JsonObject().text("phase", phase).text("act", act);
}

JsonObject fields_of(const std::string& phase, const Act& act) {
  return head(phase, act.name).object("claimed", claim(act.claimed)).add(act.subject);
}

JsonObject fields_of(const std::string& phase, const Act& act, const Outcome& outcome) {
  JsonObject fields = fields_of(phase, act).text("outcome", outcome.text);
  if (!outcome.engine.empty()) fields.text("engine", outcome.engine);
  if (outcome.error != 0) fields.number("errno", outcome.error);
  if (!outcome.by.empty()) fields.text("by", outcome.by);
  return fields;
}

}  // namespace

Audit::~Audit() { write_all_sums(); }

void Audit::intend(const Act& act) { write(fields_of("intent", act)); }

void Audit::record(const Act& act, const Outcome& outcome) {
  tell_journal(act, outcome);
  if (!try_write(fields_of("outcome", act, outcome))) sum_up(act.name, "not written: " + outcome.text, 1);
}

void Audit::around(const Act& act, const std::function<void()>& carry_out) {
  intend(act);
  try {
    carry_out();
  } catch (const SystemError& error) {
    record(act, {"failed", "", error.code(), ""});
    throw;
  }
  record(act, {"done", "", 0, ""});
}

void Audit::around_one_of_many(const Act& act, const std::function<void()>& carry_out) {
  if (has_budget(act.name)) return around(act, carry_out);
  carry_out();
  sum_up(act.name, "done", 1);
}

void Audit::record_one_of_many(const Act& act, const Outcome& outcome) {
  if (has_budget(act.name)) return record(act, outcome);
  sum_up(act.name, outcome.text, 1);
}

bool Audit::intend_one_of_many(const Act& act) {
  if (!has_budget(act.name)) return false;
  intend(act);
  return true;
}

void Audit::refuse(const Act& act, const Outcome& outcome) {
  if (!has_budget("refused " + act.name) || !try_write(fields_of("refusal", act, outcome)))
    return sum_up(act.name, outcome.text, 1);
  tell_journal(act, outcome);
}

void Audit::missing(const std::string& act, const ClaimedClient& claimed, uint32_t count) {
  JsonObject fields = head("refusal", act).object("claimed", claim(claimed));
  fields.text("outcome", "gone").number("count", count);
  if (!has_budget("refused " + act) || !try_write(fields)) sum_up(act, "gone", count);
}

void Audit::write_sums() {
  if (Clock::now() - summed_at_ >= kSumsEvery) write_all_sums();
}

void Audit::write_all_sums() {
  summed_at_ = Clock::now();
  std::map<std::pair<std::string, std::string>, uint64_t> left;
  for (const auto& [of, count] : sums_) {
    JsonObject fields = head("sum", of.first).text("outcome", of.second);
    if (!try_write(fields.number("count", static_cast<int64_t>(count)))) left[of] = count;
  }
  sums_ = std::move(left);
}

void Audit::write(const JsonObject& fields) {
  JsonObject scope;
  std::string members = scope.text("scope", served_.all ? "all" : "mine").add(fields).str();
  log_.append(line_start(time_text(now_ms()), served_.uid) + members.substr(1));
}

bool Audit::try_write(const JsonObject& fields) {
  try {
    write(fields);
    return true;
  } catch (const SystemError&) {
    return false;
  }
}

void Audit::tell_journal(const Act& act, const Outcome& outcome) const {
  std::string uid = std::to_string(served_.uid);
  journal_.send({{"MESSAGE", act.name + ", " + act.summary + ": " + outcome.text + ", for uid " + uid},
                 {"PRIORITY", "5"},
                 {"SYSLOG_IDENTIFIER", "sockscope"},
                 {"SOCKSCOPE_ACT", act.name},
                 {"SOCKSCOPE_OUTCOME", outcome.text},
                 {"SOCKSCOPE_UID", uid},
                 {"SOCKSCOPE_CLAIMED_PID", std::to_string(act.claimed.pid)}});
}

// A bucket that fills again by and by.
bool Audit::has_budget(const std::string& of) {
  Budget& budget = budgets_[of];
  Clock::time_point now = Clock::now();
  budget.lines = std::min(kMaxBudget, budget.lines + (now - budget.refilled_at) / kBudgetEvery);
  budget.refilled_at = now;
  if (budget.lines < 1) return false;
  budget.lines -= 1;
  return true;
}

void Audit::sum_up(const std::string& act, const std::string& outcome, uint64_t count) {
  if (sums_.empty()) summed_at_ = Clock::now();
  sums_[{act, outcome}] += count;
}

}  // namespace sockscope
