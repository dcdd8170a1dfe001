// The numbers of one socket, through sock_diag.
#pragma once

#include "scans/inventory.h"
#include "scans/namespace_reader.h"
#include "shared/broker_protocol.h"

namespace sockscope {

// Of a socket of the caller's network namespace. Waits for its lock. Throws SystemError: ENOENT where there
// is no such socket, EINVAL where it cannot be one that is listed.
SocketDetail read_detail(const DestroyTarget& target);

// The same in any namespace, and only until a deadline.
class DetailReader {
 public:
  explicit DetailReader(Inventory& inventory) : inventory_(inventory) {}

  // Throws SystemError, also ETIMEDOUT (a process holds the lock) and EBUSY (several do already).
  SocketDetail read(const DestroyTarget& target);

  // Forgets walkers that have ended; returns whether some still hang.
  bool reap() { return reader_.reap(); }

 private:
  Inventory& inventory_;
  NamespaceReader reader_;
};

}  // namespace sockscope
