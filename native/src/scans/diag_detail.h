// The numbers of one socket in sock_diag's answer.
#pragma once

#include <linux/inet_diag.h>

#include <cstddef>
#include <cstdint>

#include "shared/broker_protocol.h"

namespace sockscope {

// `length`: bytes of the message, with the attributes behind it (struct tcp_info and the congestion control).
// Numbers that are not there are 0.
SocketDetail detail_of(const inet_diag_msg& message, size_t length, uint16_t protocol);

}  // namespace sockscope
