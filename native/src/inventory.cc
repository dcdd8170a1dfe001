#include "inventory.h"

#include <netinet/in.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "error.h"
#include "proc_owners.h"
#include "sock_diag.h"

namespace sockscope {

namespace {

void drop_known(std::vector<socket_record>& records, const std::vector<socket_record>& known) {
  std::unordered_set<uint64_t> cookies;
  for (const socket_record& record : known) cookies.insert(record.cookie);
  auto is_known = [&cookies](const socket_record& record) { return cookies.count(record.cookie) != 0; };
  records.erase(std::remove_if(records.begin(), records.end(), is_known), records.end());
}

bool is_mptcp(const socket_record& record) { return record.protocol == IPPROTO_MPTCP; }

std::vector<socket_record> take_mptcp(std::vector<socket_record>& records) {
  auto first = std::stable_partition(records.begin(), records.end(), std::not_fn(is_mptcp));
  std::vector<socket_record> taken(first, records.end());
  records.erase(first, records.end());
  return taken;
}

// Owners out of /proc come without a namespace. No two sockets have the same inode, in whatever namespace,
// but one may be closed and its number reused while we look.
bool may_hold(const socket_record& owner, const socket_record& socket) {
  return owner.netns == 0 || owner.netns == socket.netns;
}

// The sockets of these that have an owner, by their inodes; all subflows of an MPTCP socket have that one's.
std::vector<socket_record> join_owners(const std::vector<socket_record>& sockets,
                                       const std::vector<socket_record>& owners) {
  std::unordered_multimap<uint64_t, const socket_record*> by_inode;
  for (const socket_record& owner : owners) by_inode.emplace(owner.inode, &owner);
  std::vector<socket_record> owned;
  for (const socket_record& socket : sockets) {
    auto [at, end] = by_inode.equal_range(socket.inode);
    for (; at != end; ++at) {
      const socket_record& owner = *at->second;
      if (!may_hold(owner, socket)) continue;
      owned.push_back(with_owner(socket, owner));
      if (is_mptcp(owner)) owned.back().flags |= SOCKSCOPE_MPTCP;
    }
  }
  return owned;
}

}  // namespace

Inventory::Inventory(const Lister* lister)
    : lister_(lister), home_(open_own_namespace()), home_inode_(namespace_inode(home_.get())) {}

Listing Inventory::list() const {
  Listing listing;
  if (lister_) {
    listing.owned = lister_->list();
    listing.ownerless = dump(namespaces_of(listing.owned), listing.skipped);
    std::vector<socket_record> subflows = join_owners(listing.ownerless, take_mptcp(listing.owned));
    listing.owned.insert(listing.owned.end(), subflows.begin(), subflows.end());
  } else {
    listing.ownerless = dump(namespaces_of_processes(), listing.skipped);
    listing.owned = join_owners(listing.ownerless, scan_owners());
  }
  drop_known(listing.ownerless, listing.owned);
  return listing;
}

NamespaceHolders Inventory::namespaces() const {
  return lister_ ? namespaces_of(lister_->list()) : namespaces_of_processes();
}

UniqueFd Inventory::open(uint32_t netns, const NamespaceHolders& holders) const {
  if (netns == home_inode_) return open_own_namespace();
  auto found = holders.find(netns);
  if (found == holders.end()) throw SystemError("find network namespace", ENOENT);
  return open_namespace(netns, found->second);
}

std::vector<uint64_t> Inventory::locked(const std::vector<uint64_t>& cookies) const {
  std::vector<uint64_t> locked;
  if (!lister_) return locked;
  for (const socket_record& record : lister_->list()) {
    if (!(record.flags & SOCKSCOPE_LOCKED)) continue;
    if (std::find(cookies.begin(), cookies.end(), record.cookie) != cookies.end())
      locked.push_back(record.cookie);
  }
  return locked;
}

std::vector<socket_record> Inventory::dump(const NamespaceHolders& holders,
                                           std::vector<SkippedNamespace>& skipped) const {
  std::vector<socket_record> records = dump_sockets();
  for (const auto& [netns, known] : holders) {
    if (netns == home_inode_) continue;
    try {
      UniqueFd opened = open_namespace(netns, known);
      NamespaceVisit visit(opened.get(), home_.get());
      std::vector<socket_record> found = dump_sockets();
      records.insert(records.end(), found.begin(), found.end());
    } catch (const SystemError& error) {
      skipped.push_back({netns, error.code()});
    }
  }
  return records;
}

}  // namespace sockscope
