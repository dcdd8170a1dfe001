// Who may destroy which socket: the broker's own reading of owners, peers and uids, whatever the agent
// believes.
#pragma once

#include <optional>
#include <vector>

#include "law/scope.h"
#include "scans/inventory.h"
#include "scans/namespace_reader.h"
#include "shared/broker_protocol.h"

namespace sockscope {

struct Judgement {
  Verdict verdict;
  std::optional<socket_record> row;  // where a process holds it: the one that decided, or any
  // Whether what its processes do may be reported: one of them is covered by the scope, or there is none.
  bool is_watchable;
  // Allowed, and still in the state that its target names, held by the owner that it names.
  bool is_as_seen;
};

class SocketLaw {
 public:
  // `reader`: for namespaces in which the broker is not.
  SocketLaw(const Scope& scope, Inventory& inventory, NamespaceReader& reader)
      : scope_(scope), inventory_(inventory), reader_(reader) {}

  // For each target, in order. With scope `all` every target is allowed that exists. With scope `mine` one is
  // allowed if
  // - one of its owners is covered by the scope,
  // - it is TCP, and an owner of its peer is: the mirrored tuple in the same network namespace, and sequence
  // numbers that
  //   agree. Whoever owns one end can reset the other anyway.
  // - it is an orphan of a covered uid, or has such a peer, or
  // - it is in time-wait on an unprivileged port that no other uid holds, at its address or at all.
  std::vector<Judgement> judge(const std::vector<DestroyTarget>& targets);

 private:
  const Scope& scope_;
  Inventory& inventory_;
  NamespaceReader& reader_;
};

// Whether two ends in one network namespace are those of one connection. Sequence numbers that are 0 or not
// known prove nothing.
bool are_peers(const socket_record& a, const socket_record& b);

}  // namespace sockscope
