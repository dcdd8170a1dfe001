// Which processes carry sessions: what an editor, a remote login or the agent itself depends on. The sockets
// of these are lifeline, and no outage is for them. The one place that knows their names.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "law/scope.h"
#include "shared/broker_protocol.h"

namespace sockscope {

// What a process is said to run. Read as far as it is needed: each of it has its price.
struct CarrierFacts {
  uint32_t uid;                           // SOCKSCOPE_NO_UID: it mixes uids
  std::string name;                       // comm
  std::optional<std::string> executable;  // base name; nullopt: hidden, as the two below
  std::function<std::vector<std::string>()> words;
  std::function<std::optional<bool>()> runs_file_of_root;
  std::function<std::optional<bool>()> runs_file_of_own_mounts;
  std::function<std::optional<bool>()> is_in_own_user_namespace;
};

// What hidden facts are taken for. The broker may read all of them: to it, doubt means no. An observer sees
// those of its user's programs alone, and can only leave more alone.
enum class Doubt { kMeansNo, kMeansYes };

// A carrier must be what it says: a program of root's (by its file, since anybody can call a program `sshd`)
// that runs as root or as the served user, or a part of an editor that does. With scope `all`, as any user.
Carrier carrier_kind(const CarrierFacts& facts, const Scope& scope, Doubt doubt);

class CarrierLaw {
 public:
  // `own`: carriers whatever they run: pid 1, broker and agent.
  CarrierLaw(const Scope& scope, std::vector<uint32_t> own, Doubt doubt)
      : scope_(scope), own_(std::move(own)), doubt_(doubt) {}

  Carrier kind_of(pid_t pid) const;
  // All that run now: `own`, then the served user's, root's, and the others, who may be many; at most so
  // many.
  std::vector<uint32_t> all(size_t max) const;

 private:
  const Scope& scope_;
  std::vector<uint32_t> own_;
  Doubt doubt_;
};

}  // namespace sockscope
