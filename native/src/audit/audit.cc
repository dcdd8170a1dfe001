#include "audit/audit.h"

#include <algorithm>

#include "shared/error.h"

namespace sockscope {

namespace {

// One user must not push out the lines of others by what he can do, or be refused, without end.
// The largest destroy that a client can ask for at once has lines of its own for each target.
constexpr double kMaxLines = 200, kMaxDestroyLines = 2000;
constexpr std::chrono::duration<double> kBudgetEvery(10);
constexpr std::chrono::seconds kSumsEvery(60);
// Of each act, with a line in common in so long; all other processes have one.
constexpr int kMaxProcesses = 3;

// As JsonObject().str().
const char* const kAnyProcess = "{}";

double max_lines(const std::string& of) { return of == "destroy" ? kMaxDestroyLines : kMaxLines; }

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
  return head(phase, act.name).object("claimed", claim(act.claimed)).add(act.subject).add(act.process);
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

Lines Audit::intend(const Act& act) {
  std::vector<Intent> intents = {{act}};
  intend(intents);
  return intents[0].lines;
}

void Audit::intend(std::vector<Intent>& intents) {
  std::vector<std::string> lines;
  for (Intent& intent : intents) {
    intent.lines = has_budget(intent.act.name) ? Lines::kOwn : Lines::kCommon;
    if (intent.lines == Lines::kOwn)
      lines.push_back(line_of(fields_of("intent", intent.act)));
    else
      intend_in_common(intent.act);
  }
  size_t written = 0;
  log_.append(lines, written);
}

void Audit::intend_in_common(const Act& act) {
  if (has_common_line(act)) return;
  auto is_same_act = [&act](const Kind& kind) { return kind.first == act.name; };
  bool is_named = std::count_if(common_.begin(), common_.end(), is_same_act) < kMaxProcesses;
  Kind kind = {act.name, is_named ? act.process.str() : kAnyProcess};
  if (common_.count(kind) != 0) return;
  JsonObject fields = head("intent", act.name).object("claimed", claim(act.claimed));
  if (is_named) fields.add(act.process);
  write(fields.number("common_s", kSumsEvery.count()));
  begin_sums();
  common_.insert(kind);
}

void Audit::record(const Act& act, const Outcome& outcome, Lines lines) {
  record(std::vector<Intent>{{act, lines}}, {outcome});
}

void Audit::record(const std::vector<Intent>& intents, const std::vector<Outcome>& outcomes) {
  std::vector<std::string> lines;
  std::vector<size_t> places;  // of those with a line of their own
  for (size_t at = 0; at < intents.size(); at++) {
    const auto& [act, kind] = intents[at];
    if (kind == Lines::kCommon) {
      sum_up(act.name, has_common_line(act) ? act.process : JsonObject(), outcomes[at].text, 1);
      continue;
    }
    tell_journal(act.name, act.summary, outcomes[at].text, act.claimed.pid);
    lines.push_back(line_of(fields_of("outcome", act, outcomes[at])));
    places.push_back(at);
  }
  for (size_t line = try_append(lines); line < lines.size(); line++)
    sum_up(intents[places[line]].act.name, {}, "not written: " + outcomes[places[line]].text, 1);
}

// How many of them are written whole.
size_t Audit::try_append(const std::vector<std::string>& lines) {
  size_t written = 0;
  try {
    log_.append(lines, written);
  } catch (const SystemError&) {
    // The caller counts the others.
  }
  return written;
}

void Audit::around(const Act& act, const std::function<void()>& carry_out) {
  Lines lines = intend(act);
  try {
    carry_out();
  } catch (const SystemError& error) {
    record(act, {"failed", "", error.code(), ""}, lines);
    throw;
  }
  record(act, {"done", "", 0, ""}, lines);
}

void Audit::record_undone(const Act& act) {
  if (has_budget(act.name)) return record(act, {"done", "", 0, ""}, Lines::kOwn);
  sum_up(act.name, {}, "done", 1);
}

void Audit::refuse(const Act& act, const Outcome& outcome) {
  if (!has_budget("refused " + act.name) || !try_write(fields_of("refusal", act, outcome)))
    return sum_up(act.name, {}, outcome.text, 1);
  tell_journal(act.name, act.summary, outcome.text, act.claimed.pid);
}

void Audit::missing(const std::string& act, const ClaimedClient& claimed, uint32_t count) {
  JsonObject fields = head("refusal", act).object("claimed", claim(claimed));
  fields.text("outcome", "gone").number("count", count);
  if (!has_budget("refused " + act) || !try_write(fields)) sum_up(act, {}, "gone", count);
}

void Audit::write_sums() {
  if (Clock::now() - summed_at_ >= kSumsEvery) write_all_sums();
}

// What is done from now on needs a new line before it.
void Audit::write_all_sums() {
  summed_at_ = Clock::now();
  common_.clear();
  auto sums = std::move(sums_);
  sums_.clear();
  for (const auto& [of, sum] : sums) {
    const auto& [kind, outcome] = of;
    if (try_write(sum_fields(kind.first, outcome, sum)))
      tell_journal(kind.first, std::to_string(sum.count) + " more", outcome, 0);
    else
      sums_[of] = sum;
  }
}

JsonObject Audit::sum_fields(const std::string& act, const std::string& outcome, const Sum& sum) {
  JsonObject fields = head("sum", act).add(sum.process).text("outcome", outcome);
  return fields.number("count", static_cast<int64_t>(sum.count));
}

std::string Audit::own_lines(const std::string& since, size_t max_bytes, bool& complete) const {
  std::string lines = log_.lines_of(served_.uid, since, max_bytes, complete);
  for (const auto& [of, sum] : sums_) {
    const auto& [kind, outcome] = of;
    lines += line_of(sum_fields(kind.first, outcome, sum)) + "\n";
  }
  return lines;
}

std::string Audit::line_of(const JsonObject& fields) const {
  JsonObject scope;
  std::string members = scope.text("scope", served_.all ? "all" : "mine").add(fields).str();
  return line_start(time_text(now_ms()), served_.uid) + members.substr(1);
}

void Audit::write(const JsonObject& fields) { log_.append(line_of(fields)); }

bool Audit::try_write(const JsonObject& fields) { return try_append({line_of(fields)}) == 1; }

void Audit::tell_journal(const std::string& act, const std::string& summary, const std::string& outcome,
                         uint32_t claimed_pid) const {
  std::string uid = std::to_string(served_.uid);
  journal_.send({{"MESSAGE", act + ", " + summary + ": " + outcome + ", for uid " + uid},
                 {"PRIORITY", "5"},
                 {"SYSLOG_IDENTIFIER", "sockscope"},
                 {"SOCKSCOPE_ACT", act},
                 {"SOCKSCOPE_OUTCOME", outcome},
                 {"SOCKSCOPE_UID", uid},
                 {"SOCKSCOPE_CLAIMED_PID", std::to_string(claimed_pid)}});
}

bool Audit::has_budget(const std::string& of) {
  return budgets_.try_emplace(of, max_lines(of), kBudgetEvery).first->second.take();
}

void Audit::sum_up(const std::string& act, const JsonObject& process, const std::string& outcome,
                   uint64_t count) {
  begin_sums();
  Sum& sum = sums_[{{act, process.str()}, outcome}];
  sum.process = process;
  sum.count += count;
}

void Audit::begin_sums() {
  if (!has_sums()) summed_at_ = Clock::now();
}

}  // namespace sockscope
