// A BPF iterator over the descriptors of processes, which writes one fixed record for each socket of a
// selection (bpf/selected.h).
#pragma once

#include <cstring>

#include "bpf/records.h"
#include "engines/bpf_object.h"
#include "shared/port_selection.h"

namespace sockscope {

// Of processes that are read one by one: beyond it, one walk over all takes no longer.
constexpr size_t kMaxOwners = 64;

template <typename Record>
class FileWalk {
 public:
  // Loads and attaches; throws SystemError.
  FileWalk(const EmbeddedObject& embedded, const char* program, const Preparation& preparation = {})
      : object_(embedded, preparation),
        program_(program),
        all_(object_.attach_iterator(program)),
        selection_(const_cast<list_selection*>(object_.variable<list_selection>(".bss"))) {}

  // Those of one process together. Any user can make them a million: keep what is needed. MPTCP sockets are
  // there whatever is selected.
  template <typename Visit>
  void each(const PortSelection& selection, const Visit& visit) const {
    read(all_.get(), selection, visit);
  }

  // The same of one process; nothing, where it has ended. Throws SystemError before Linux 6.1.
  template <typename Visit>
  void each_of(pid_t pid, const PortSelection& selection, const Visit& visit) const {
    UniqueFd files = object_.attach_iterator(program_, pid);
    read(files.get(), selection, visit);
  }

 private:
  template <typename Visit>
  void read(int link, const PortSelection& selection, const Visit& visit) const {
    std::memset(selection_, 0, sizeof(*selection_));
    selection_->selects = !selection.all();
    for (uint16_t port : selection.ports()) selection_->ports[port / 8] |= 1 << port % 8;
    read_iterator(link, [&](const char* bytes, size_t length) {
      for (size_t at = 0; at + sizeof(Record) <= length; at += sizeof(Record)) {
        Record record;
        std::memcpy(&record, bytes + at, sizeof(record));
        visit(record);
      }
    });
  }

  BpfObject object_;
  const char* program_;
  UniqueFd all_;
  list_selection* selection_;  // the program's variable, which it reads only while read_iterator() runs
};

}  // namespace sockscope
