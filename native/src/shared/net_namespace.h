// Network namespaces: identified and entered.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "shared/unique_fd.h"

namespace sockscope {

// By inode number.
using NamespaceSet = std::unordered_set<uint32_t>;

// The namespace that the calling thread is in.
UniqueFd open_own_namespace();
uint32_t namespace_inode(int fd);

// Moves the calling thread there. To stay needs no privileges, to move CAP_SYS_ADMIN. For walkers alone: the
// broker stays where it is.
void enter_namespace(int fd);

}  // namespace sockscope
