// The audit: a line before each act, without which there is none, and a line after it. Written by the broker,
// which the agent cannot make say what it does not know.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audit/act.h"
#include "audit/journal.h"
#include "audit/log_file.h"
#include "law/scope.h"
#include "shared/token_bucket.h"

namespace sockscope {

struct Outcome {
  std::string text;
  std::string engine;  // empty: none
  int error = 0;       // errno
  std::string by;      // who refused: `scope`, `agent`; empty: nobody
};

// Of an act: its own, or those that it has in common with others.
enum class Lines { kOwn, kCommon };

// An act that is about to be carried out, or was. Without a line before it, it has none of its own behind it.
struct Intent {
  Act act;
  Lines lines = Lines::kCommon;
};

class Audit {
 public:
  Audit(Served served, LogFile log, Journal journal = Journal())
      : served_(served), log_(std::move(log)), journal_(std::move(journal)) {}
  Audit(Audit&&) = default;
  ~Audit();

  // Before an act. Of each act only so many have lines of their own. Further ones have one in common, of all
  // that is done to one process in the next minute; then their outcomes are summed up. Throws SystemError
  // where the line is not written whole: then nothing may be done.
  Lines intend(const Act& act);
  // The same before several, few writes for all; fills in their lines.
  void intend(std::vector<Intent>& intents);
  // After it. Where the line cannot be written, that is counted.
  void record(const Act& act, const Outcome& outcome, Lines lines);
  // The same after several: an outcome for each.
  void record(const std::vector<Intent>& intents, const std::vector<Outcome>& outcomes);
  // Both, around an act that throws SystemError where it fails.
  void around(const Act& act, const std::function<void()>& carry_out);
  // What undoes something needs no line before it.
  void record_undone(const Act& act);
  // What was asked for, and not tried. Summed up likewise.
  void refuse(const Act& act, const Outcome& outcome);
  // Targets that do not exist: a count, since anybody can make them up.
  void missing(const std::string& act, const ClaimedClient& claimed, uint32_t count);

  // Whether something waits to be summed up in a line; call write_sums again and again then.
  bool has_sums() const { return !sums_.empty() || !common_.empty(); }
  void write_sums();

  // The newest lines of the served user, at most so many bytes; behind them the sums that are not written
  // yet, as they are now.
  std::string own_lines(const std::string& since, size_t max_bytes, bool& complete) const;

 private:
  using Clock = std::chrono::steady_clock;

  // An act, and the process that it was done to (as Act.process); empty: any.
  using Kind = std::pair<std::string, std::string>;
  struct Sum {
    JsonObject process;
    uint64_t count = 0;
  };

  static JsonObject sum_fields(const std::string& act, const std::string& outcome, const Sum& sum);
  std::string line_of(const JsonObject& fields) const;
  void write(const JsonObject& fields);
  bool try_write(const JsonObject& fields);
  size_t try_append(const std::vector<std::string>& lines);
  void tell_journal(const std::string& act, const std::string& summary, const std::string& outcome,
                    uint32_t claimed_pid) const;
  bool has_budget(const std::string& of);
  bool has_common_line(const Act& act) const { return common_.count({act.name, act.process.str()}) != 0; }
  void intend_in_common(const Act& act);
  void sum_up(const std::string& act, const JsonObject& process, const std::string& outcome, uint64_t count);
  void begin_sums();
  void write_all_sums();

  Served served_;
  LogFile log_;
  Journal journal_;
  std::map<std::string, TokenBucket> budgets_;  // of each act, and of its refusals
  Clock::time_point summed_at_;
  std::set<Kind> common_;                             // with a line before them, until they are summed up
  std::map<std::pair<Kind, std::string>, Sum> sums_;  // by outcome, too
};

}  // namespace sockscope
