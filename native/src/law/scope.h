// Whom the broker serves, and which uids count as that user. Fixed when the broker starts: nothing that the
// agent sends changes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/accounts.h"

namespace sockscope {

struct Served {
  uint32_t uid;
  bool all;  // --scope all: every user's sockets and processes
};

struct UidRange {
  uint32_t first;
  uint32_t count;
};

// The user's ranges in the text of an /etc/subuid, by uid and by name (empty: not known). A range that
// overlaps another user's proves nothing, and is left out.
std::vector<UidRange> subordinate_ranges(const std::string& subuid, uint32_t uid, const std::string& name);

// The name of a user in the text of an /etc/passwd; empty: there is none.
std::string user_name(const std::string& passwd, uint32_t uid);

// Whose each subordinate range is: the uid that its rows are charged to. The user of a range whose name
// is in no line of `passwd` (it may be in a directory service) goes by the first uid of his first range.
struct ChargedRange {
  UidRange range;
  uint32_t account;
};
std::vector<ChargedRange> charged_ranges(const std::string& subuid, const std::string& passwd);

class Scope : public Accounts {
 public:
  explicit Scope(Served served) : served_(served) {}

  bool all() const { return served_.all; }
  uint32_t uid() const { return served_.uid; }
  // Reads /etc/subuid again where it has changed. Call it once for each request.
  void refresh();
  // The served user's uid, or a subordinate one (rootless containers), as of the last refresh.
  bool covers(uint32_t uid) const;
  const std::vector<UidRange>& ranges() const { return ranges_; }

  bool is_own(uint32_t uid) const override { return covers(uid); }
  uint32_t account_of(uint32_t uid) const override;

 private:
  Served served_;
  std::string stamp_;  // of the /etc/subuid that was read
  std::vector<UidRange> ranges_;
  std::vector<ChargedRange> charged_;  // of all users
};

}  // namespace sockscope
