#include "scans/bind_trial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <mutex>

#include "shared/error.h"
#include "shared/shared_memory.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

// `::` is tried as most servers use it: for IPv4 as well.
struct UsualPlace {
  uint16_t family;
  const char* address;
};
constexpr UsualPlace kUsualPlaces[] = {
    {AF_INET, "0.0.0.0"}, {AF_INET, "127.0.0.1"}, {AF_INET6, "::"}, {AF_INET6, "::1"}};
constexpr size_t kMaxTrials = 2 * std::size(kUsualPlaces);

constexpr std::chrono::milliseconds kTrialTime(2000);

// Whoever reads the machine's file descriptors holds each for a moment (iter/task_file, pidfd_getfd): a
// socket and its port outlive their close so long, a few milliseconds where the reader lost its processor.
constexpr useconds_t kPauseUs = 1000;
constexpr int kMaxPauses = 50;

// The result of a walker.
struct Trials {
  size_t count;
  BindRecord records[kMaxTrials];
};

// The kernel was built or booted without this family.
bool is_no_family(int error) { return error == EAFNOSUPPORT || error == EPROTONOSUPPORT; }

void set_option(const UniqueFd& fd, int level, int name, int value, const char* step) {
  check(setsockopt(fd.get(), level, name, &value, sizeof(value)), step);
}

int bind_to(const UniqueFd& fd, const BindRecord& trial, uint16_t port) {
  if (trial.family == AF_INET) {
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    std::memcpy(&name.sin_addr, trial.address, sizeof(name.sin_addr));
    return bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name));
  }
  sockaddr_in6 name = {};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  std::memcpy(&name.sin6_addr, trial.address, sizeof(name.sin6_addr));
  return bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name));
}

// 0 or a positive errno. Two sockets with SO_REUSEADDR may both bind; only listen() fails where one of
// them listens. A client that connects within these microseconds is reset when the listener is closed.
int outcome_of(const BindRecord& trial, uint16_t protocol, uint16_t port) {
  int type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd fd(socket(trial.family, type | SOCK_CLOEXEC, protocol));
  if (!fd && is_no_family(errno)) return EAFNOSUPPORT;
  check(fd.get(), "socket");
  if (trial.family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0, "setsockopt(IPV6_V6ONLY)");
  if (trial.reuseaddr) set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "setsockopt(SO_REUSEADDR)");
  if (bind_to(fd, trial, port) != 0) return errno;
  if (protocol == IPPROTO_TCP && listen(fd.get(), 0) != 0) return errno;
  return 0;
}

// The addresses to try, each as a trial without a result.
std::vector<BindRecord> places_of(const BindRequest& request) {
  std::vector<BindRecord> places;
  if (request.family != 0) {
    if (request.family != AF_INET && request.family != AF_INET6) throw SystemError("bind trial", EINVAL);
    BindRecord& place = places.emplace_back();
    place.family = request.family;
    std::memcpy(place.address, request.address, sizeof(place.address));
    return places;
  }
  for (const UsualPlace& usual : kUsualPlaces) {
    BindRecord& place = places.emplace_back();
    place.family = usual.family;
    inet_pton(usual.family, usual.address, place.address);
  }
  return places;
}

// The trials of one port, one after the other.
class Trial {
 public:
  Trial(uint16_t protocol, uint16_t port) : protocol_(protocol), port_(port) {}

  BindRecord run(const BindRecord& place, bool reuseaddr) {
    BindRecord trial = place;
    trial.reuseaddr = reuseaddr;
    while ((trial.error = outcome_of(trial, protocol_, port_)) == EADDRINUSE && has_bound_ && pauses_ > 0) {
      usleep(kPauseUs);
      pauses_--;
    }
    has_bound_ = has_bound_ || trial.error == 0;
    return trial;
  }

 private:
  uint16_t protocol_, port_;
  bool has_bound_ = false;  // so what holds the port may be the socket of an earlier trial
  int pauses_ = kMaxPauses;
};

}  // namespace

std::vector<BindRecord> try_binds(const BindRequest& request) {
  uint16_t protocol = request.protocol;
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) throw SystemError("bind trial", EPROTONOSUPPORT);
  if (request.port == 0) throw SystemError("bind trial", EINVAL);
  std::vector<BindRecord> places = places_of(request), trials;
  // Without SO_REUSEADDR first; UDP never with it, or the trial could receive another socket's datagram.
  Trial trial(protocol, request.port);
  for (bool reuseaddr : {false, true}) {
    if (reuseaddr && protocol == IPPROTO_UDP) continue;
    for (const BindRecord& place : places) trials.push_back(trial.run(place, reuseaddr));
  }
  return trials;
}

std::shared_ptr<FiberMutex> BindWalker::turn_of(uint16_t port) {
  for (auto at = turns_.begin(); at != turns_.end();)
    at = at->second.expired() ? turns_.erase(at) : std::next(at);
  std::shared_ptr<FiberMutex> turn = turns_[port].lock();
  if (!turn) turns_[port] = turn = std::make_shared<FiberMutex>();
  return turn;
}

std::vector<BindRecord> BindWalker::run(const BindRequest& request, int netns) {
  std::shared_ptr<FiberMutex> turn = turn_of(request.port);
  std::unique_lock<FiberMutex> held(*turn, Clock::now() + kTrialTime);
  if (!held) throw walker_error("try to bind the port", EBUSY);
  SharedMemory memory(sizeof(Trials));
  auto* trials = static_cast<Trials*>(memory.get());
  auto work = [&] {
    std::vector<BindRecord> records = try_binds(request);
    trials->count = records.size();
    std::copy(records.begin(), records.end(), trials->records);
  };
  WalkerJob job = {netns, {}, Process::kBindTrial, work};
  if (int error = waiters_.run(job, Clock::now() + kTrialTime, [] {}))
    throw walker_error("try to bind the port", error);
  return {trials->records, trials->records + trials->count};
}

}  // namespace sockscope
