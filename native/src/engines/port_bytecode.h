// The program by which sock_diag itself selects sockets (INET_DIAG_REQ_BYTECODE).
#pragma once

#include <linux/inet_diag.h>

#include <vector>

#include "shared/port_selection.h"

namespace sockscope {

// Passes sockets with one of these ports at either end; empty: all of them. See inet_diag_bc_run in
// net/ipv4/inet_diag.c.
std::vector<inet_diag_bc_op> port_bytecode(const PortSelection& selection);

}  // namespace sockscope
