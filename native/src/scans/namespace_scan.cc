#include "scans/namespace_scan.h"

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include "scans/socket_dump.h"
#include "shared/error.h"
#include "shared/net_namespace.h"
#include "shared/privileges.h"
#include "shared/process.h"
#include "shared/shared_memory.h"

namespace sockscope {

namespace {

// Root's namespaces and those of the served user may be large ones; others' must not hold up a list.
constexpr std::chrono::milliseconds kOwnTime(2000);
constexpr std::chrono::milliseconds kOthersTime(250);

// In one list: 112 MiB.
constexpr size_t kMaxSockets = 1 << 20;

// The result of a visit: which of the sockets in the walker's memory are its.
struct Answer {
  std::atomic<bool> written;
  int32_t error;
  uint64_t first, count, left_out;
};

// Memory that the walker fills and the broker reads.
class Board {
 public:
  explicit Board(size_t visits)
      : answers_(visits * sizeof(Answer)), sockets_(kMaxSockets * sizeof(socket_record)) {}

  Answer& answer(size_t visit) const { return static_cast<Answer*>(answers_.get())[visit]; }
  socket_record* sockets() const { return static_cast<socket_record*>(sockets_.get()); }

  // The walker may still write, and is believed in nothing that could lead out of the memory.
  NamespaceScan read(size_t visit, int unwritten) const {
    const Answer& answer = this->answer(visit);
    if (!answer.written.load(std::memory_order_acquire)) return {{}, unwritten};
    uint64_t first = answer.first, count = answer.count;
    if (first > kMaxSockets || count > kMaxSockets - first) return {{}, EBADMSG};
    return {{{sockets() + first, sockets() + first + count}, answer.left_out}, answer.error};
  }

 private:
  SharedMemory answers_, sockets_;
};

void require_time(Deadline deadline) {
  if (Clock::now() >= deadline) throw SystemError("visit a network namespace", ETIMEDOUT);
}

// In the walker.
class Tour {
 public:
  Tour(const std::vector<Visit>& visits, const PortSelection& selection, const DumpBounds* bounds,
       const Board& board)
      : visits_(visits), selection_(selection), board_(board), dumps_(visits.size()) {
    if (bounds) bounds_.emplace(*bounds);
  }

  // To enter takes CAP_SYS_ADMIN, in the walker's own user namespace and in that of each network namespace.
  // What is opened there works without: so it enters all, drops that, and then reads what may be a user's.
  void run() {
    each([this](size_t visit) { enter(visit); });
    keep_capabilities(capabilities_of(Process::kQuery));
    filter_calls(privileges_of(Process::kQuery).calls);
    each([this](size_t visit) {
      if (dumps_[visit]) dump(visit);
    });
  }

 private:
  template <typename Step>
  void each(Step step) {
    for (size_t visit = 0; visit < visits_.size(); visit++) {
      try {
        step(visit);
      } catch (const SystemError& error) {
        write(visit, {}, error.code());
      }
    }
  }

  void enter(size_t visit) {
    require_time(visits_[visit].deadline);
    enter_namespace(visits_[visit].opened.get());
    SocketDump dump(selection_);
    if (dump.is_empty()) return write(visit, {}, 0);
    dumps_[visit] = std::move(dump);
  }

  void dump(size_t visit) {
    size_t first = used_;
    uint64_t left_out = 0;
    int error = 0;
    require_time(visits_[visit].deadline);
    if (bounds_) {
      auto walk = [&](const RowVisitor& each) { return walk_in_time(visit, each); };
      BoundedDump dump = dump_within(*bounds_, visits_[visit].account, walk);
      for (const socket_record& record : dump.sockets) put(record);
      left_out = dump.left_out;
      error = dump.error;
    } else {
      error = walk_in_time(visit, [this](const socket_record& record) { put(record); });
    }
    dumps_[visit].reset();
    write(visit, {first, used_ - first, left_out}, error);
  }

  int walk_in_time(size_t visit, const RowVisitor& each) {
    size_t rows = 0;
    return dumps_[visit]->run([&](const socket_record& record) {
      if (++rows % kCheckEvery == 0) require_time(visits_[visit].deadline);
      each(record);
    });
  }

  void put(const socket_record& record) {
    if (used_ == kMaxSockets) throw SystemError("list the sockets of a network namespace", ENOBUFS);
    board_.sockets()[used_++] = record;
  }

  struct Range {
    uint64_t first, count, left_out;
  };
  void write(size_t visit, Range range, int error) {
    Answer& answer = board_.answer(visit);
    answer.error = error;
    answer.first = range.first;
    answer.count = range.count;
    answer.left_out = range.left_out;
    answer.written.store(true, std::memory_order_release);
  }

  static constexpr size_t kCheckEvery = 256;

  const std::vector<Visit>& visits_;
  const PortSelection& selection_;
  const Board& board_;
  std::optional<DumpBounds> bounds_;
  std::vector<std::optional<SocketDump>> dumps_;
  size_t used_ = 0;
};

}  // namespace

NamespaceScans NamespaceScanner::scan(const NamespaceHolders& asked, const PortSelection& selection,
                                      const DumpBounds* bounds, SocketNamespaces& sockets,
                                      const std::function<void()>& meanwhile) {
  NamespaceScans scans;
  if (asked.empty()) return meanwhile(), scans;
  Clock::time_point start = Clock::now();
  VisitTimes times = {start + kOwnTime, start + kOthersTime};
  Visits visits = open_visits(asked, accounts_, times, sockets, find_again_);
  for (const auto& [netns, error] : visits.errors) scans[netns] = {{}, error, 0, error != EDQUOT};
  if (visits.open.empty()) return meanwhile(), scans;
  Board board(visits.open.size());
  UniqueFd home = open_own_namespace();
  WalkerJob job = {
      home.get(), {}, Process::kVisit, [&] { Tour(visits.open, selection, bounds, board).run(); }};
  for (const Visit& visit : visits.open) job.kept.push_back(visit.opened.get());
  int error = waiters_.run(
      job, times.own, [] {}, meanwhile);
  for (size_t at = 0; at < visits.open.size(); at++) {
    const Visit& visit = visits.open[at];
    NamespaceScan scan = board.read(at, error);
    scan.account = visit.account;
    scan.is_own = visit.is_own;
    scans[visit.netns] = std::move(scan);
  }
  return scans;
}

}  // namespace sockscope
