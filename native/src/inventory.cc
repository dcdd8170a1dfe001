#include "inventory.h"

#include <algorithm>
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

// The sockets of these, with the owners that /proc shows for their inodes.
std::vector<socket_record> join_owners(const std::vector<socket_record>& sockets) {
  std::unordered_map<uint64_t, const socket_record*> by_inode;
  for (const socket_record& socket : sockets) {
    if (socket.inode != 0) by_inode[socket.inode] = &socket;
  }
  std::vector<socket_record> owned;
  for (const socket_record& owner : scan_owners()) {
    auto found = by_inode.find(owner.inode);
    if (found != by_inode.end()) owned.push_back(with_owner(*found->second, owner));
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
  } else {
    listing.ownerless = dump(namespaces_of_processes(), listing.skipped);
    listing.owned = join_owners(listing.ownerless);
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
