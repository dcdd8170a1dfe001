// Whose a network namespace is.
#pragma once

#include <cstdint>

#include "shared/unique_fd.h"

namespace sockscope {

// As whose it counts that cannot be found out.
constexpr uint32_t kUnknownAccount = UINT32_MAX;

// The user who made it possible: the owner of the outermost user namespace around it, below the caller's own.
// Nested ones belong to him, too, whichever of his subordinate uids made them. 0: it belongs to the caller's
// user namespace itself, where only root makes any.
uint32_t account_of(int netns);
// The same of a user namespace.
uint32_t account_of_users(UniqueFd user_namespace);

}  // namespace sockscope
