#include "engines/lister.h"

#include <cstring>

#include "shared/mptcp_cookie.h"
#include "shared/row_limit.h"

namespace sockscope {

Lister::Lister() : object_(list_object()) {
  object_.load();
  link_ = object_.attach_iterator("list_sockets");
}

std::vector<socket_record> Lister::list() const {
  std::vector<socket_record> records;
  RowLimit limit;
  read_iterator(link_.fd(), [&](const char* bytes, size_t length) {
    for (size_t at = 0; at + sizeof(socket_record) <= length; at += sizeof(socket_record)) {
      socket_record record;
      std::memcpy(&record, bytes + at, sizeof(record));
      record.cookie = synthetic_cookie(record);
      if (limit.admits(record.pid, record.cookie)) records.push_back(record);
    }
  });
  return records;
}

}  // namespace sockscope
