#include "engines/diag_destroyer.h"

#include <netinet/in.h>

#include <atomic>
#include <map>
#include <utility>

#include "engines/sock_diag.h"
#include "shared/shared_memory.h"

namespace sockscope {

namespace {

// Memory that the walker and the broker share.
struct Board {
  std::atomic<bool> cancelled;
  struct Answer {
    std::atomic<bool> written;
    uint32_t status;
    int32_t error;
  } answers[];
};

class SharedBoard {
 public:
  explicit SharedBoard(size_t answers) : memory_(sizeof(Board) + answers * sizeof(Board::Answer)) {}
  Board* operator->() const { return static_cast<Board*>(memory_.get()); }

 private:
  SharedMemory memory_;
};

struct Answer {
  uint32_t status;
  int error;
};

// The kernel finds a socket by addresses and ports alone, so a wildcard socket can be found under another
// tuple, and one bound to a device under none; and it compares cookies last.
Answer destroy_found(SockDiag& diag, const DestroyTarget& target, const inet_diag_msg& found) {
  if (cookie_of(found) != target.cookie) return {DESTROY_PENDING, 0};
  if (!same_tuple(found, target)) return {DESTROY_CHANGED, 0};
  int error = diag.destroy(target.family, target.protocol, found.id);
  if (error == ENOENT || error == ESTALE) return {DESTROY_PENDING, 0};
  return {DESTROY_DONE, error};
}

void write_answer(Board::Answer& place, const Answer& answer) {
  place.status = answer.status;
  place.error = answer.error;
  place.written.store(true, std::memory_order_release);
}

class Job {
 public:
  Job(const std::vector<DestroyItem>& items, Board& board) : items_(items), board_(board) {}

  void run() {
    std::vector<size_t> missing;
    for (size_t at = 0; at < items_.size() && !board_.cancelled; at++) {
      const DestroyTarget& target = *items_[at].target;
      if (auto found = diag_.find(target)) {
        write_answer(board_.answers[at], destroy_found(diag_, target, *found));
      } else {
        missing.push_back(at);
      }
    }
    search(missing);
  }

 private:
  using Kind = std::pair<uint16_t, uint16_t>;  // family, protocol

  // Those not found by their tuple are searched by cookie, in a full dump.
  void search(const std::vector<size_t>& missing) {
    std::map<Kind, std::map<uint64_t, size_t>> wanted;
    for (size_t at : missing) {
      const DestroyTarget& target = *items_[at].target;
      wanted[{target.family, target.protocol}][target.cookie] = at;
      write_answer(board_.answers[at], {DESTROY_PENDING, 0});
    }
    for (const auto& [kind, cookies] : wanted) destroy_by_cookie(kind, cookies);
  }

  void destroy_by_cookie(const Kind& kind, const std::map<uint64_t, size_t>& cookies) {
    std::vector<std::pair<size_t, inet_diag_msg>> found;
    diag_.dump(kind.first, kind.second, [&](const inet_diag_msg& message) {
      auto at = cookies.find(cookie_of(message));
      if (at != cookies.end()) found.emplace_back(at->second, message);
    });
    for (const auto& [at, message] : found) {
      if (board_.cancelled) return;
      board_.answers[at].written = false;
      write_answer(board_.answers[at], destroy_found(diag_, *items_[at].target, message));
    }
  }

  const std::vector<DestroyItem>& items_;
  Board& board_;
  SockDiag diag_;
};

void collect(const SharedBoard& board, const std::vector<DestroyItem>& items, int error) {
  for (size_t at = 0; at < items.size(); at++) {
    DestroyReply& reply = *items[at].reply;
    const Board::Answer& answer = board->answers[at];
    bool written = answer.written.load(std::memory_order_acquire);
    reply.engine = static_cast<uint32_t>(DestroyEngine::kSockDiag);
    reply.status = written ? answer.status : static_cast<uint32_t>(DESTROY_PENDING);
    reply.error = written ? answer.error : error;
  }
}

}  // namespace

void DiagDestroyer::destroy(int netns, const std::vector<DestroyItem>& items, Deadline deadline) {
  SharedBoard board(items.size());
  WalkerJob job = {netns, {}, Process::kSockDiag, [&] { Job(items, *board.operator->()).run(); }, deadline};
  collect(board, items, waiters_.run(job, deadline, [&board] { board->cancelled = true; }));
}

}  // namespace sockscope
