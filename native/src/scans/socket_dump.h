// The sockets of a network namespace, through sock_diag.
#pragma once

#include <linux/inet_diag.h>

#include <cstdint>
#include <functional>

#include "bpf/records.h"
#include "shared/port_selection.h"

namespace sockscope {

// Whether sockets of this family and protocol are in socket_records.
bool is_listed_kind(uint16_t family, uint16_t protocol);

// As socket_record has it, which differs for MPTCP (mptcp_cookie.h).
uint64_t listed_cookie_of(const inet_diag_msg& message, uint16_t protocol);

// Every socket of the caller's network namespace, of all protocols of socket_record.
void each_socket(const PortSelection& selection, const std::function<void(const socket_record&)>& visit);

}  // namespace sockscope
