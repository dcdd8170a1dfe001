// What there is of sockets after an attempt to destroy them: they are looked at again, each by its cookie.
#pragma once

#include <vector>

#include "scans/inventory.h"
#include "scans/target_namespaces.h"
#include "shared/broker_protocol.h"

namespace sockscope {

class Verifier {
 public:
  explicit Verifier(Inventory& inventory) : inventory_(inventory) {}

  // Fills in `remains` of each reply, in the order of the targets; what cannot be read stays unknown.
  void verify(const std::vector<DestroyTarget>& targets, std::vector<DestroyReply>& replies,
              TargetNamespaces& namespaces);

 private:
  using Targets = std::vector<DestroyTarget>;
  void read_owned(const Targets& targets, std::vector<DestroyReply>& replies);
  static void look_up_others(const Targets& targets, std::vector<DestroyReply>& replies,
                             TargetNamespaces& namespaces);

  Inventory& inventory_;
};

}  // namespace sockscope
