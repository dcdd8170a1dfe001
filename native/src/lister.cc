#include "lister.h"

#include <cstring>

namespace sockscope {

Lister::Lister() : object_(list_object()) {
  object_.load();
  link_ = object_.attach_iterator("list_sockets");
}

std::vector<socket_record> Lister::list() const {
  std::vector<char> output = read_iterator(link_.fd());
  std::vector<socket_record> records(output.size() / sizeof(socket_record));
  std::memcpy(records.data(), output.data(), records.size() * sizeof(socket_record));
  return records;
}

}  // namespace sockscope
