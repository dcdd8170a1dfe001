// Carries out a destroy request: which engine for which target, and all of it within the deadline.
#pragma once

#include <vector>

#include "broker/target_groups.h"
#include "engines/bpf_destroyer.h"
#include "engines/diag_destroyer.h"
#include "scans/inventory.h"
#include "shared/broker_protocol.h"

namespace sockscope {

struct DestroyOptions {
  DestroyEngine engine;
  bool takes_over;  // as DestroyRequest.takes_over
  Deadline until;   // as DestroyRequest.until_ns
};

class Destroyer {
 public:
  // Without `bpf`, everything goes through sock_diag.
  Destroyer(Inventory& inventory, BpfDestroyer* bpf) : inventory_(inventory), bpf_(bpf) {}

  // One reply for each target, in their order, within about 3 s from `start`, when it was not yet known that
  // they may be destroyed; a walk ends after 2 s. `owner` of a target is believed.
  std::vector<DestroyReply> destroy(DestroyOptions options, const std::vector<DestroyTarget>& targets,
                                    TargetNamespaces& namespaces, Deadline start);

  // One reply for each target: whether it is the kernel's own. Destroys nothing.
  std::vector<DestroyReply> inspect(const std::vector<DestroyTarget>& targets, TargetNamespaces namespaces);

  // Forgets walkers that have ended; returns whether some still hang.
  bool reap();

 private:
  void walk(const TargetGroup& group, DestroyOptions options, Deadline deadline);
  void answer_unwalked(const DestroyItem& item) const;
  // Those that the walk has left to sock_diag.
  static void keep_left(TargetGroup& group, DestroyOptions options);
  // Those that are locked; all, where that cannot be seen.
  void refuse_unsafe(std::vector<TargetGroup>& groups);
  void refuse_locked(std::vector<TargetGroup>& groups);
  void destroy_by_diag(const TargetGroup& group, Deadline deadline);

  Inventory& inventory_;
  BpfDestroyer* bpf_;
  DiagDestroyer diag_;
};

}  // namespace sockscope
