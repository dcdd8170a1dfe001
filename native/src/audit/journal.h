// Acts and their outcomes in the systemd journal, where there is one: a second copy that the audit log's
// rotation does not reach. Without remote addresses: more people may read the journal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shared/unique_fd.h"

namespace sockscope {

// As in systemd's "Native Journal Protocol".
extern const char* const kJournalSocket;

using JournalFields = std::vector<std::pair<std::string, std::string>>;

// One datagram of that protocol. A value with a line break in it is sent with its length in front.
std::string journal_entry(const JournalFields& fields);

class Journal {
 public:
  // Without a journal at this path, entries go nowhere.
  explicit Journal(const std::string& path = kJournalSocket);

  // Never waits: an entry that does not fit in the socket's buffer is lost.
  void send(const JournalFields& fields) const;

 private:
  UniqueFd socket_;
};

}  // namespace sockscope
