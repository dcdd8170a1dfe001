#include "engines/lister.h"

#include <cstring>

#include "engines/pid_namespace.h"
#include "shared/error.h"
#include "shared/mptcp_cookie.h"

namespace sockscope {

namespace {

constexpr char kProgram[] = "list_sockets";

}  // namespace

Lister::Lister()
    : object_(list_object(), {set_pid_namespace, {}}),
      all_(object_.attach_iterator(kProgram)),
      selection_(const_cast<list_selection*>(object_.variable<list_selection>(".bss"))) {}

void Lister::each(const PortSelection& selection, const RowVisitor& visit) const {
  read(all_.get(), selection, visit);
}

void Lister::each_of(pid_t pid, const PortSelection& selection, const RowVisitor& visit) const {
  UniqueFd files = object_.attach_iterator(kProgram, pid);
  read(files.get(), selection, visit);
}

void Lister::read(int link, const PortSelection& selection, const RowVisitor& visit) const {
  std::memset(selection_, 0, sizeof(*selection_));
  selection_->selects = !selection.all();
  for (uint16_t port : selection.ports()) selection_->ports[port / 8] |= 1 << port % 8;
  read_iterator(link, [&](const char* bytes, size_t length) {
    for (size_t at = 0; at + sizeof(socket_record) <= length; at += sizeof(socket_record)) {
      socket_record record;
      std::memcpy(&record, bytes + at, sizeof(record));
      record.cookie = synthetic_cookie(record);
      visit(record);
    }
  });
}

}  // namespace sockscope
