#include "scans/inventory.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "scans/proc_owners.h"
#include "scans/socket_dump.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// A busy program holds its socket's lock now and then, a stalled one all the time.
constexpr int kLockSamples = 3;
constexpr useconds_t kLockSampleGapUs = 15000;

// Interval of full scans, which cover namespaces without events: the end of time-wait makes none.
constexpr std::chrono::milliseconds kFullScanEvery(1500);

void drop_known(std::vector<socket_record>& records, const std::vector<socket_record>& known) {
  std::unordered_set<uint64_t> cookies;
  for (const socket_record& record : known) cookies.insert(record.cookie);
  auto is_known = [&cookies](const socket_record& record) { return cookies.count(record.cookie) != 0; };
  records.erase(std::remove_if(records.begin(), records.end(), is_known), records.end());
}

bool is_mptcp(const socket_record& record) { return record.protocol == IPPROTO_MPTCP; }

bool has_file(const socket_record& record) { return record.inode != 0; }

// Owners out of /proc come without a namespace. No two sockets of the machine have the same inode, but one
// may be closed and its number reused during the scan.
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

void append(std::vector<socket_record>& records, const std::vector<socket_record>& more) {
  records.insert(records.end(), more.begin(), more.end());
}

// A process holds the MPTCP socket only; its TCP subflows are found through it.
void join_subflows(Listing& listing) {
  std::vector<socket_record> mptcp;
  std::copy_if(listing.owned.begin(), listing.owned.end(), std::back_inserter(mptcp), is_mptcp);
  append(listing.owned, join_owners(listing.ownerless, mptcp));
  drop_known(listing.ownerless, listing.owned);
}

void add_owned(Listing& listing, std::vector<socket_record> owned) {
  drop_known(owned, listing.owned);
  append(listing.owned, owned);
  drop_known(listing.ownerless, listing.owned);
  join_subflows(listing);
}

// The kernel passes sockets that are only bound, and MPTCP sockets, whatever their ports.
void keep_selected(std::vector<socket_record>& records, const PortSelection& selection) {
  auto is_other = [&selection](const socket_record& record) { return !selection.has(record); };
  records.erase(std::remove_if(records.begin(), records.end(), is_other), records.end());
}

}  // namespace

Inventory::Inventory(const Lister* lister)
    : lister_(lister), home_(open_own_namespace()), home_inode_(namespace_inode(home_.get())) {}

Listing Inventory::list(const NamespaceSet* changed) {
  Listing listing;
  std::vector<socket_record> owned;
  if (lister_) owned = lister_->list();
  scan_namespaces(owned, changed);
  for (const auto& [netns, scan] : scans_) {
    append(listing.ownerless, scan.sockets);
    listing.namespaces.push_back({netns, scan.error});
  }
  if (!lister_) owned = join_owners(listing.ownerless, scan_owners());
  add_owned(listing, std::move(owned));
  // A socket made between the two passes has an owner that the first pass missed.
  if (lister_ && has_news(listing.ownerless)) add_owned(listing, lister_->list());
  unexplained_.clear();
  for (const socket_record& record : listing.ownerless) {
    if (has_file(record)) unexplained_.insert(record.cookie);
  }
  return listing;
}

Listing Inventory::list(const PortSelection& selection, const std::vector<uint32_t>& namespaces) {
  Listing listing;
  std::vector<socket_record> owned;
  if (lister_) owned = lister_->list(selection);
  NamespaceHolders holders = namespaces_with(owned);
  // One that is kept alive by other sockets only is known from an earlier list.
  holders.insert(holders_.begin(), holders_.end());
  holders[home_inode_];
  for (const auto& [netns, by] : holders) {
    bool is_asked =
        namespaces.empty() || std::find(namespaces.begin(), namespaces.end(), netns) != namespaces.end();
    if (!is_asked) continue;
    NamespaceScan scan = scan_namespace(netns, by, selection);
    append(listing.ownerless, scan.sockets);
    listing.namespaces.push_back({netns, scan.error});
  }
  if (!lister_) owned = join_owners(listing.ownerless, scan_owners());
  add_owned(listing, std::move(owned));
  bool may_have_owner = std::any_of(listing.ownerless.begin(), listing.ownerless.end(), has_file);
  if (lister_ && may_have_owner) add_owned(listing, lister_->list(selection));
  keep_selected(listing.owned, selection);
  keep_selected(listing.ownerless, selection);
  return listing;
}

NamespaceHolders Inventory::holders_of(const std::vector<uint32_t>& namespaces) const {
  NamespaceHolders holders = namespaces_with({});
  holders[home_inode_];
  auto is_known = [&holders](uint32_t netns) { return holders.count(netns) != 0; };
  bool needs_walk = lister_ && !std::all_of(namespaces.begin(), namespaces.end(), is_known);
  return needs_walk ? namespaces_with(lister_->list()) : holders;
}

UniqueFd Inventory::open(uint32_t netns, const NamespaceHolders& holders) const {
  if (netns == home_inode_) return open_own_namespace();
  auto found = holders.find(netns);
  if (found == holders.end()) throw SystemError("find network namespace", ENOENT);
  return open_namespace(netns, found->second, sockets_);
}

UniqueFd Inventory::open(uint32_t netns) const {
  return open(netns, netns == home_inode_ ? NamespaceHolders() : holders_of({netns}));
}

std::vector<uint64_t> Inventory::stalled(const std::vector<DestroyTarget>& targets) const {
  PortSelection around = PortSelection::around(targets);
  std::vector<uint64_t> cookies;
  for (const DestroyTarget& target : targets) cookies.push_back(target.cookie);
  for (int sample = 0; sample < kLockSamples && !cookies.empty(); sample++) {
    if (sample > 0) usleep(kLockSampleGapUs);
    cookies = locked(cookies, around);
  }
  return cookies;
}

std::vector<uint64_t> Inventory::locked(const std::vector<uint64_t>& cookies,
                                        const PortSelection& around) const {
  std::vector<uint64_t> locked;
  if (!lister_) return locked;
  for (const socket_record& record : lister_->list(around)) {
    if (!(record.flags & SOCKSCOPE_LOCKED)) continue;
    if (std::find(cookies.begin(), cookies.end(), record.cookie) != cookies.end())
      locked.push_back(record.cookie);
  }
  return locked;
}

NamespaceHolders Inventory::namespaces_with(const std::vector<socket_record>& owned) const {
  NamespaceHolders namespaces;
  add_namespaces_of(owned, namespaces);
  add_namespaces_of_processes(namespaces);
  add_named_namespaces(namespaces);
  return namespaces;
}

Inventory::NamespaceScan Inventory::scan_namespace(uint32_t netns, const std::vector<Holder>& holders,
                                                   const PortSelection& selection) const {
  if (netns == home_inode_) return {dump_sockets(selection), 0};
  try {
    UniqueFd opened = open_namespace(netns, holders, sockets_);
    NamespaceVisit visit(opened.get(), home_.get());
    return {dump_sockets(selection), 0};
  } catch (const SystemError& error) {
    return {{}, error.code()};
  }
}

void Inventory::scan_namespaces(const std::vector<socket_record>& owned, const NamespaceSet* changed) {
  Clock::time_point now = Clock::now();
  if (!changed || now - full_scan_at_ >= kFullScanEvery) {
    scans_.clear();
    holders_ = namespaces_with(owned);
    full_scan_at_ = now;
  } else {
    add_namespaces_of(owned, holders_);
  }
  holders_[home_inode_];
  for (const auto& [netns, holders] : holders_) {
    if (scans_.count(netns) == 0 || changed->count(netns) != 0)
      scans_[netns] = scan_namespace(netns, holders);
  }
}

bool Inventory::has_news(const std::vector<socket_record>& ownerless) const {
  return std::any_of(ownerless.begin(), ownerless.end(), [this](const socket_record& record) {
    return has_file(record) && unexplained_.count(record.cookie) == 0;
  });
}

}  // namespace sockscope
