#include "engines/lister.h"

#include "engines/pid_namespace.h"
#include "shared/mptcp_cookie.h"

namespace sockscope {

namespace {

auto with_synthetic_cookie(const RowVisitor& visit) {
  return [&visit](socket_record& record) {
    record.cookie = synthetic_cookie(record);
    visit(record);
  };
}

}  // namespace

Lister::Lister() : walk_(list_object(), "list_sockets", {set_pid_namespace, {}}) {}

void Lister::each(const PortSelection& selection, const RowVisitor& visit) const {
  walk_.each(selection, with_synthetic_cookie(visit));
}

void Lister::each_of(pid_t pid, const PortSelection& selection, const RowVisitor& visit) const {
  walk_.each_of(pid, selection, with_synthetic_cookie(visit));
}

}  // namespace sockscope
