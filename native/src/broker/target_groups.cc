#include "broker/target_groups.h"

#include <map>

#include "shared/error.h"

namespace sockscope {

namespace {

// No socket has cookie 0, and all ones would make SOCK_DESTROY ignore the cookie (INET_DIAG_NOCOOKIE).
bool is_cookie(uint64_t cookie) { return cookie != 0 && cookie != UINT64_MAX; }

}  // namespace

std::vector<DestroyReply> untried(const std::vector<DestroyTarget>& targets) {
  std::vector<DestroyReply> replies;
  for (const DestroyTarget& target : targets) {
    DestroyReply reply = {};
    reply.cookie = target.cookie;
    reply.netns = target.netns;
    reply.status = DESTROY_PENDING;
    replies.push_back(reply);
  }
  return replies;
}

std::vector<TargetGroup> group_by_namespace(const std::vector<DestroyTarget>& targets,
                                            std::vector<DestroyReply>& replies,
                                            TargetNamespaces& namespaces) {
  std::map<uint32_t, std::vector<DestroyItem>> by_namespace;
  for (size_t at = 0; at < targets.size(); at++) {
    if (is_cookie(targets[at].cookie)) {
      by_namespace[targets[at].netns].push_back({&targets[at], &replies[at]});
    } else {
      replies[at].error = EINVAL;
    }
  }
  std::vector<uint32_t> numbers;
  for (const auto& [netns, items] : by_namespace) numbers.push_back(netns);
  namespaces.expect(numbers);
  std::vector<TargetGroup> groups;
  for (auto& [netns, items] : by_namespace) {
    try {
      groups.push_back({namespaces.open(netns), items});
    } catch (const SystemError& error) {
      for (const DestroyItem& item : items) item.reply->error = error.code();
    }
  }
  return groups;
}

}  // namespace sockscope
