#include "scans/namespace_account.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <utility>

namespace sockscope {

namespace {

// The kernel nests no more (kernel/user_namespace.c: create_user_ns).
constexpr int kMaxNested = 33;

bool is_same_file(int fd, const struct stat& other) {
  struct stat status;
  return fstat(fd, &status) == 0 && status.st_dev == other.st_dev && status.st_ino == other.st_ino;
}

}  // namespace

uint32_t account_of(int netns) { return account_of_users(UniqueFd(ioctl(netns, NS_GET_USERNS))); }

uint32_t account_of_users(UniqueFd user_namespace) {
  struct stat own;
  if (stat("/proc/self/ns/user", &own) != 0) return kUnknownAccount;
  uid_t account = 0;
  UniqueFd around = std::move(user_namespace);
  for (int nested = 0; around && nested <= kMaxNested; nested++) {
    if (is_same_file(around.get(), own)) return account;
    if (ioctl(around.get(), NS_GET_OWNER_UID, &account) != 0) return kUnknownAccount;
    around = UniqueFd(ioctl(around.get(), NS_GET_PARENT));
  }
  return kUnknownAccount;
}

}  // namespace sockscope
