// What there is of sockets after an attempt to destroy them: they are looked at again, each by its cookie.
#pragma once

#include <vector>

#include "scans/inventory.h"
#include "scans/namespace_reader.h"
#include "shared/broker_protocol.h"

namespace sockscope {

class Verifier {
 public:
  // `reader`: for namespaces in which the broker is not.
  Verifier(Inventory& inventory, NamespaceReader& reader) : inventory_(inventory), reader_(reader) {}

  // Fills in `remains` of each reply, in the order of the targets; what cannot be read stays unknown.
  void verify(const std::vector<DestroyTarget>& targets, std::vector<DestroyReply>& replies);

 private:
  using Targets = std::vector<DestroyTarget>;
  void read_owned(const Targets& targets, std::vector<DestroyReply>& replies);
  void look_up_others(const Targets& targets, std::vector<DestroyReply>& replies);

  Inventory& inventory_;
  NamespaceReader& reader_;
};

}  // namespace sockscope
