// Whom a row of a socket is charged to.
#pragma once

#include "bpf/records.h"

namespace sockscope {

// Any user can make a set-user-ID program hold his sockets, which then seem to be root's or nobody's.
inline uint32_t charged_uid(const socket_record& row) {
  return row.owner_uid == 0 || row.owner_uid == SOCKSCOPE_NO_UID ? row.uid : row.owner_uid;
}

}  // namespace sockscope
