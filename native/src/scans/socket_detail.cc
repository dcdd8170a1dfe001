#include "scans/socket_detail.h"

#include <optional>

#include "engines/sock_diag.h"
#include "scans/diag_detail.h"
#include "scans/socket_dump.h"
#include "scans/stalled_sockets.h"
#include "shared/error.h"

namespace sockscope {

SocketDetail read_detail(const DestroyTarget& target) {
  if (!is_listed_kind(target.family, target.protocol)) throw SystemError("socket", EINVAL);
  std::optional<SocketDetail> detail;
  SockDiag().dump_like(target, [&](const inet_diag_msg& message, size_t length) {
    if (listed_cookie_of(message, target.protocol) == target.cookie) {
      detail = detail_of(message, length, target.protocol);
    }
  });
  if (!detail) throw SystemError("find the socket", ENOENT);
  return *detail;
}

SocketDetail DetailReader::read(const DestroyTarget& target) {
  if (!stalled(inventory_, {target}).empty()) throw SystemError("wait for the socket's lock", ETIMEDOUT);
  UniqueFd netns = inventory_.open(target.netns);
  return reader_.read<SocketDetail>(netns.get(), 1,
                                    [&](SocketDetail* detail) { *detail = read_detail(target); })[0];
}

}  // namespace sockscope
