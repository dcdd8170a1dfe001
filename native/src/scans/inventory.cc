#include "scans/inventory.h"

#include <netinet/in.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "scans/proc_owners.h"
#include "scans/socket_dump.h"
#include "shared/error.h"
#include "shared/newer_names.h"

namespace sockscope {

namespace {

// Sockets through which a namespace may be entered.
constexpr size_t kMaxTried = 16;

// It takes some milliseconds.
constexpr std::chrono::milliseconds kOpenTime(500);

// One more in so many rows than the list before had has room at once.
constexpr size_t kSpare = 8;

// Interval of full scans, which cover namespaces without events: the end of time-wait makes none.
constexpr std::chrono::milliseconds kFullScanEvery(1500);

bool is_mptcp(const socket_record& record) { return record.protocol == IPPROTO_MPTCP; }

bool has_file(const socket_record& record) { return record.inode != 0; }

// Owners out of /proc come without a namespace. No two sockets of the machine have the same inode, but one
// may be closed and its number reused during the scan.
bool may_hold(const socket_record& owner, const socket_record& socket) {
  return owner.netns == 0 || owner.netns == socket.netns;
}

// Finds the sockets that an owner holds by their inode; all subflows of an MPTCP socket have that one's.
class InodeJoin {
 public:
  explicit InodeJoin(const std::vector<socket_record>& sockets) {
    for (const socket_record& socket : sockets) {
      if (has_file(socket)) by_inode_.emplace(socket.inode, &socket);
    }
  }

  void each_held_by(const socket_record& owner, const RowVisitor& visit) const {
    auto [at, end] = by_inode_.equal_range(owner.inode);
    for (; at != end; ++at) {
      if (!may_hold(owner, *at->second)) continue;
      socket_record joined = with_owner(*at->second, owner);
      if (is_mptcp(owner)) joined.flags |= SOCKSCOPE_MPTCP;
      visit(joined);
    }
  }

 private:
  std::unordered_multimap<uint64_t, const socket_record*> by_inode_;
};

void append(std::vector<socket_record>& records, const std::vector<socket_record>& more) {
  records.insert(records.end(), more.begin(), more.end());
}

// Those that have an owner, whether its row was kept or not. Where not every socket is remembered, one with a
// file and without a row has an owner, too.
void drop_seen(Listing& listing, const RowBudget& owned) {
  auto is_seen = [&](const socket_record& record) {
    return owned.has_seen(record.cookie) || (has_file(record) && !owned.remembers_all());
  };
  auto& records = listing.ownerless;
  records.erase(std::remove_if(records.begin(), records.end(), is_seen), records.end());
}

// A process holds the MPTCP socket only; its TCP subflows are found through it.
void join_subflows(const Listing& listing, RowBudget& owned) {
  std::vector<socket_record> owners;
  std::copy_if(owned.kept().begin(), owned.kept().end(), std::back_inserter(owners), is_mptcp);
  InodeJoin sockets(listing.ownerless);
  owned.begin_pass();
  for (const socket_record& owner : owners)
    sockets.each_held_by(owner, [&owned](const socket_record& row) { owned.add(row); });
}

void settle(Listing& listing, RowBudget& owned) {
  drop_seen(listing, owned);
  join_subflows(listing, owned);
  drop_seen(listing, owned);
}

// The kernel passes sockets that are only bound, and MPTCP sockets, whatever their ports.
void keep_selected(std::vector<socket_record>& records, const PortSelection& selection) {
  auto is_other = [&selection](const socket_record& record) { return !selection.has(record); };
  records.erase(std::remove_if(records.begin(), records.end(), is_other), records.end());
}

// More than they are would push out what is selected.
RowVisitor adding_selected(const PortSelection& selection, RowBudget& owned) {
  return [&](const socket_record& row) {
    if (selection.has(row) || is_mptcp(row)) owned.add(row);
  };
}

}  // namespace

Inventory::Inventory(const Lister* lister, const Accounts& accounts)
    : lister_(lister),
      accounts_(accounts),
      home_inode_(namespace_inode(open_own_namespace().get())),
      others_(accounts, [this](const auto& namespaces) { return holders_of(namespaces); }) {}

Listing Inventory::list(const NamespaceSet* changed) {
  TcpCensus census(home_inode_, unexplained_);
  RowBudget owned(accounts_, home_inode_);
  owned.expect(expected_);
  auto add = [&](const socket_record& row) {
    if (owned.add(row)) census.count_held(row);
  };
  if (lister_) lister_->each({}, add);
  Listing listing;
  scan_namespaces(owned, changed, census, listing);
  complete(listing, owned, {}, [this](const auto& ownerless) { return has_news(ownerless); });
  expected_ = listing.owned.size() + listing.owned.size() / kSpare;
  unexplained_.clear();
  for (const socket_record& record : listing.ownerless) {
    if (has_file(record)) unexplained_[record.cookie] = record.state;
  }
  return listing;
}

Listing Inventory::list(const PortSelection& selection, const std::vector<uint32_t>& namespaces) {
  RowBudget owned(accounts_, home_inode_);
  if (lister_) lister_->each(selection, adding_selected(selection, owned));
  Listing listing;
  add_scans(scan_among(namespaces, owned, selection), listing);
  complete(listing, owned, selection,
           [](const auto& ownerless) { return std::any_of(ownerless.begin(), ownerless.end(), has_file); });
  keep_selected(listing.owned, selection);
  keep_selected(listing.ownerless, selection);
  return listing;
}

Listing Inventory::list_of(const std::vector<uint32_t>& processes, const PortSelection& selection) const {
  if (!lister_) throw SystemError("list the sockets of a process", ENOSYS);
  RowBudget owned(accounts_, home_inode_);
  RowVisitor add = adding_selected(selection, owned);
  for (uint32_t pid : processes) lister_->each_of(static_cast<pid_t>(pid), selection, add);
  Listing listing;
  listing.owned = owned.take_rows();
  listing.left_out = owned.left_out();
  keep_selected(listing.owned, selection);
  return listing;
}

NamespaceScans Inventory::scan_among(const std::vector<uint32_t>& namespaces, const RowBudget& owned,
                                     const PortSelection& selection) {
  uint64_t number = begun_;
  NamespaceHolders asked = holders_among(namespaces, owned);
  NamespaceScans scans = scan_asked(asked, owned, {}, {selection});
  // The next list need not look for those again to which nothing leads any more.
  for (const auto& [netns, holders] : asked)
    if (number == begun_ && scans.count(netns) == 0) holders_.erase(netns);
  return scans;
}

// Of these namespaces; none: of all.
NamespaceHolders Inventory::holders_among(const std::vector<uint32_t>& namespaces,
                                          const RowBudget& owned) const {
  auto is_home = [this](uint32_t netns) { return netns == home_inode_; };
  NamespaceHolders holders;
  holders[home_inode_];
  if (!namespaces.empty() && std::all_of(namespaces.begin(), namespaces.end(), is_home)) return holders;
  NamespaceHolders found = namespaces_with(owned.kept());
  // One that is kept alive by other sockets only is known from an earlier list.
  found.insert(holders_.begin(), holders_.end());
  holders.merge(found);
  auto is_other = [&namespaces](uint32_t netns) {
    return !namespaces.empty() && std::find(namespaces.begin(), namespaces.end(), netns) == namespaces.end();
  };
  for (auto at = holders.begin(); at != holders.end();)
    at = is_other(at->first) ? holders.erase(at) : std::next(at);
  return holders;
}

void Inventory::complete(Listing& listing, RowBudget& owned, const PortSelection& selection,
                         const std::function<bool(const std::vector<socket_record>&)>& has_news) const {
  RowVisitor add = adding_selected(selection, owned);
  if (!lister_) {
    InodeJoin sockets(listing.ownerless);
    each_owner([&](const socket_record& owner) { sockets.each_held_by(owner, add); });
  }
  settle(listing, owned);
  // A socket made between the two passes has an owner that the first pass missed.
  if (lister_ && has_news(listing.ownerless)) {
    owned.begin_pass();
    lister_->each(selection, add);
    settle(listing, owned);
  }
  listing.owned = owned.take_rows();
  LeftOut left_out = owned.left_out();
  listing.left_out.sockets += left_out.sockets;
  listing.left_out.owners += left_out.owners;
}

void Inventory::each_owned(const PortSelection& selection, const RowVisitor& visit) {
  if (lister_) return lister_->each(selection, visit);
  NamespaceHolders holders = namespaces_with({});
  holders.erase(home_inode_);
  std::vector<socket_record> sockets;
  SocketDump(selection).run([&sockets](const socket_record& socket) { sockets.push_back(socket); });
  // In those that cannot be read, nothing is judged.
  for (const auto& [netns, scan] : others_.scan(holders, selection, nullptr, sockets_, [] {}))
    append(sockets, scan.dump.sockets);
  InodeJoin join(sockets);
  each_owner([&](const socket_record& owner) { join.each_held_by(owner, visit); });
}

bool Inventory::each_of_owners(const std::vector<DestroyTarget>& targets, const RowVisitor& visit) const {
  std::set<uint32_t> owners;
  for (const DestroyTarget& target : targets) owners.insert(target.owner);
  owners.erase(0);
  if (!lister_ || owners.size() > kMaxOwners) return false;
  PortSelection around = PortSelection::around(targets);
  try {
    for (uint32_t pid : owners) lister_->each_of(static_cast<pid_t>(pid), around, visit);
  } catch (const SystemError&) {
    return false;
  }
  return true;
}

NamespaceHolders Inventory::holders_of(const std::vector<uint32_t>& namespaces) const {
  NamespaceHolders holders = namespaces_with({});
  holders[home_inode_];
  auto is_known = [&holders](uint32_t netns) { return holders.count(netns) != 0; };
  if (!lister_ || std::all_of(namespaces.begin(), namespaces.end(), is_known)) return holders;
  std::map<uint32_t, std::vector<socket_record>> rows;
  for (uint32_t netns : namespaces) rows[netns];
  lister_->each({}, [&rows](const socket_record& row) {
    auto found = rows.find(row.netns);
    if (found != rows.end() && found->second.size() < kMaxTried) found->second.push_back(row);
  });
  for (const auto& [netns, found] : rows) add_namespaces_of(found, holders);
  return holders;
}

UniqueFd Inventory::open(uint32_t netns, const NamespaceHolders& holders) const {
  if (netns == home_inode_) return open_own_namespace();
  auto found = holders.find(netns);
  if (found == holders.end()) throw SystemError("find network namespace", ENOENT);
  return open_namespace(netns, found->second, sockets_, Clock::now() + kOpenTime);
}

UniqueFd Inventory::open(uint32_t netns) const {
  return open(netns, netns == home_inode_ ? NamespaceHolders() : holders_of({netns}));
}

NamespaceHolders Inventory::namespaces_with(const std::vector<socket_record>& owned) const {
  NamespaceHolders namespaces;
  add_namespaces_of(owned, namespaces);
  add_namespaces_of_processes(namespaces);
  add_named_namespaces(namespaces);
  return namespaces;
}

NamespaceScans Inventory::scan_asked(NamespaceHolders asked, const RowBudget& owned,
                                     const NamespaceScans& kept, const ScanOptions& options) {
  DumpBounds bounds = {accounts_, home_inode_, owned, options.keeps_known, {}};
  for (const auto& [netns, scan] : kept) {
    if (asked.count(netns) == 0) bounds.used[accounts_.account_of(scan.account)] += scan.dump.sockets.size();
  }
  bool is_home_asked = asked.erase(home_inode_) != 0;
  BoundedDump home;
  std::exception_ptr failure;
  auto read_home = [&]() noexcept {
    try {
      if (is_home_asked) home = dump_home(bounds, options.selection, options.census);
    } catch (...) {
      failure = std::current_exception();
    }
  };
  NamespaceScans scans = others_.scan(asked, options.selection, &bounds, sockets_, read_home);
  if (failure) std::rethrow_exception(failure);
  int error = home.error;
  if (is_home_asked) scans[home_inode_] = {std::move(home), error};
  return scans;
}

// Another list may begin while a walker visits namespaces for this one: what is asked for now is not known to
// it, and the newer one is kept.
void Inventory::scan_namespaces(const RowBudget& owned, const NamespaceSet* changed, TcpCensus& census,
                                Listing& listing) {
  uint64_t number = ++begun_;
  Clock::time_point now = Clock::now();
  if (!changed || now - full_scan_at_ >= kFullScanEvery) {
    scans_.clear();
    holders_ = namespaces_with(owned.kept());
    // Without events, nothing says how long it is true.
    full_scan_at_ = changed ? now : Clock::time_point();
  } else {
    add_namespaces_of(owned.kept(), holders_);
  }
  holders_[home_inode_];
  NamespaceHolders asked;
  for (const auto& [netns, holders] : holders_) {
    auto scanned = scans_.find(netns);
    // Others' events do not make it scan more often: they are all scanned together, within their bounds.
    bool is_current = scanned != scans_.end() && (!scanned->second.is_own || changed->count(netns) == 0);
    if (is_current) continue;
    asked[netns] = holders;
    scans_.erase(netns);
  }
  add_scans(scans_, listing);
  ScanOptions options = {{}, changed != nullptr, changed ? nullptr : &census};
  NamespaceScans scans = scan_asked(std::move(asked), owned, scans_, options);
  add_scans(scans, listing);
  if (number == begun_) scans_.merge(scans);
}

void Inventory::add_scans(const NamespaceScans& scans, Listing& listing) {
  for (const auto& [netns, scan] : scans) {
    append(listing.ownerless, scan.dump.sockets);
    listing.left_out.sockets += scan.dump.left_out;
    listing.namespaces.push_back({netns, scan.error});
  }
}

bool Inventory::has_news(const std::vector<socket_record>& ownerless) const {
  return std::any_of(ownerless.begin(), ownerless.end(), [this](const socket_record& record) {
    return has_file(record) && unexplained_.count(record.cookie) == 0;
  });
}

}  // namespace sockscope
