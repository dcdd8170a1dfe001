#include "audit/journal.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>

namespace sockscope {

const char* const kJournalSocket = "/run/systemd/journal/socket";

std::string journal_entry(const JournalFields& fields) {
  std::string entry;
  for (const auto& [name, value] : fields) {
    entry += name;
    if (value.find('\n') == std::string::npos) {
      entry += '=';
    } else {
      entry += '\n';
      uint64_t length = value.size();
      for (int byte = 0; byte < 8; byte++) entry += static_cast<char>(length >> (8 * byte));
    }
    entry += value + '\n';
  }
  return entry;
}

Journal::Journal(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return;
  path.copy(address.sun_path, path.size());
  UniqueFd opened(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (opened && connect(opened.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
    socket_ = std::move(opened);
}

void Journal::send(const JournalFields& fields) const {
  std::string entry = journal_entry(fields);
  if (socket_) ::send(socket_.get(), entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace sockscope
