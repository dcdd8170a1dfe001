// The system calls of each process (shared/privileges.h).
#pragma once

#include "shared/seccomp.h"

namespace sockscope {

// Refuses what no part of the agent does once it serves, and what the broker does for it.
CallFilter calls_of_agent();
// Refuses what no part of the agent does, and any BPF object but those that are loaded.
CallFilter calls_of_broker();

// Walkers may do their work, and return memory; they open no file and send no signal, although they are
// root's.
CallFilter calls_of_walk();
CallFilter calls_of_sock_diag();
CallFilter calls_of_query();
// Until it is in all namespaces; then those of a query.
CallFilter calls_of_visit();
CallFilter calls_of_bind_trial();
CallFilter calls_of_namespace_opening();

}  // namespace sockscope
