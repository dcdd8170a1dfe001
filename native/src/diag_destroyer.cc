#include "diag_destroyer.h"

#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "error.h"
#include "sock_diag.h"

namespace sockscope {

namespace {

// Each is a process that nobody can end; whoever stalls his sockets on purpose gets this many of us.
constexpr size_t kMostAbandoned = 8;

// What the walker and the broker share.
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
  explicit SharedBoard(size_t answers) : size_(sizeof(Board) + answers * sizeof(Board::Answer)) {
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw SystemError("mmap");
    board_ = static_cast<Board*>(memory);
  }
  ~SharedBoard() { munmap(board_, size_); }
  SharedBoard(const SharedBoard&) = delete;
  Board* operator->() const { return board_; }

 private:
  size_t size_;
  Board* board_;
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
  Job(const std::vector<Attempt>& attempts, Board& board) : attempts_(attempts), board_(board) {}

  void run() {
    std::vector<size_t> missing;
    for (size_t at = 0; at < attempts_.size() && !board_.cancelled; at++) {
      const DestroyTarget& target = *attempts_[at].target;
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

  // Those not found by their tuple are looked for by cookie, among all.
  void search(const std::vector<size_t>& missing) {
    std::map<Kind, std::map<uint64_t, size_t>> wanted;
    for (size_t at : missing) {
      const DestroyTarget& target = *attempts_[at].target;
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
      write_answer(board_.answers[at], destroy_found(diag_, *attempts_[at].target, message));
    }
  }

  const std::vector<Attempt>& attempts_;
  Board& board_;
  SockDiag diag_;
};

void collect(const SharedBoard& board, const std::vector<Attempt>& attempts, int error) {
  for (size_t at = 0; at < attempts.size(); at++) {
    DestroyReply& reply = *attempts[at].reply;
    const Board::Answer& answer = board->answers[at];
    bool written = answer.written.load(std::memory_order_acquire);
    reply.engine = static_cast<uint32_t>(DestroyEngine::kSockDiag);
    reply.status = written ? answer.status : static_cast<uint32_t>(DESTROY_PENDING);
    reply.error = written ? answer.error : error;
  }
}

}  // namespace

void DiagDestroyer::destroy(int netns, const std::vector<Attempt>& attempts, Deadline deadline) {
  SharedBoard board(attempts.size());
  reap();
  if (abandoned_.size() >= kMostAbandoned) return collect(board, attempts, EBUSY);
  Walker walker({netns, {}, capability(CAP_NET_ADMIN), [&] { Job(attempts, *board.operator->()).run(); }});
  int error = 0;
  switch (walker.wait(deadline)) {
    case WalkerEnd::kFinished:
      error = walker.code();
      break;
    case WalkerEnd::kKilled:
      error = EINTR;
      break;
    case WalkerEnd::kTimedOut:
      error = ETIMEDOUT;
      board->cancelled = true;
      walker.kill();
      abandoned_.push_back(std::move(walker));
  }
  collect(board, attempts, error);
}

bool DiagDestroyer::reap() {
  auto ended = [](Walker& walker) { return walker.reap(); };
  abandoned_.erase(std::remove_if(abandoned_.begin(), abandoned_.end(), ended), abandoned_.end());
  return !abandoned_.empty();
}

}  // namespace sockscope
