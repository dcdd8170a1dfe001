// The audit: a line before each act, without which there is none, and a line after it. Written by the broker,
// which the agent cannot make say what it does not know.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "audit/act.h"
#include "audit/journal.h"
#include "audit/log_file.h"
#include "law/scope.h"

namespace sockscope {

struct Outcome {
  std::string text;
  std::string engine;  // empty: none
  int error = 0;       // errno
  std::string by;      // who refused: `scope`, `agent`; empty: nobody
};

class Audit {
 public:
  Audit(Served served, LogFile log, Journal journal = Journal())
      : served_(served), log_(std::move(log)), journal_(std::move(journal)) {}
  Audit(Audit&&) = default;
  ~Audit();

  // Before an act. Throws SystemError where the line is not written whole: then nothing may be done.
  void intend(const Act& act);
  // After it. Where the line cannot be written, that is counted.
  void record(const Act& act, const Outcome& outcome);
  // Both, around an act that throws SystemError where it fails.
  void around(const Act& act, const std::function<void()>& carry_out);
  // The same of what can be caused without end and costs nothing, such as a signal that is ignored, or the
  // extension of an outage to what a program forks. Of each act only so many have lines of their own; the
  // others are summed up.
  void around_one_of_many(const Act& act, const std::function<void()>& carry_out);
  // The parts of it: false, and no line, for one that is to be summed up.
  bool intend_one_of_many(const Act& act);
  void record_one_of_many(const Act& act, const Outcome& outcome);
  void sum_up(const std::string& act, const std::string& outcome, uint64_t count);
  // What was asked for, and not tried. Summed up likewise.
  void refuse(const Act& act, const Outcome& outcome);
  // Targets that do not exist: a count, since anybody can make them up.
  void missing(const std::string& act, const ClaimedClient& claimed, uint32_t count);

  // Whether something waits to be summed up in a line; call write_sums again and again then.
  bool has_sums() const { return !sums_.empty(); }
  void write_sums();

  // The newest lines of the served user, at most so many bytes.
  std::string own_lines(const std::string& since, size_t max_bytes, bool& complete) const {
    return log_.lines_of(served_.uid, since, max_bytes, complete);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static constexpr double kMaxBudget = 200;
  struct Budget {
    double lines = kMaxBudget;
    Clock::time_point refilled_at = Clock::now();
  };

  void write(const JsonObject& fields);
  bool try_write(const JsonObject& fields);
  void tell_journal(const Act& act, const Outcome& outcome) const;
  bool has_budget(const std::string& of);
  void write_all_sums();

  Served served_;
  LogFile log_;
  Journal journal_;
  std::map<std::string, Budget> budgets_;  // of each act that costs its causer nothing, and of its refusals
  Clock::time_point summed_at_;
  std::map<std::pair<std::string, std::string>, uint64_t> sums_;  // by act and outcome
};

}  // namespace sockscope
