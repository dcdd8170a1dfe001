// The text of /etc/subuid and /etc/passwd, which administrators write by hand: what does not prove that a
// range is the user's is left out.
#include "law/scope.h"

#include <string>

#include "expect.h"
#include "without_descriptors.h"

using namespace sockscope;

namespace {

std::string ranges(const std::string& subuid, uint32_t uid = 1000, const std::string& name = "ann") {
  std::string text;
  for (const UidRange& range : subordinate_ranges(subuid, uid, name)) {
    text += std::to_string(range.first) + "+" + std::to_string(range.count) + " ";
  }
  return text;
}

void subordinates() {
  expect(ranges("ann:100000:65536\nbob:165536:65536\n") == "100000+65536 ", "by name");
  expect(ranges("1000:100000:65536\n") == "100000+65536 ", "by uid");
  expect(ranges("1000:100000:10\nann:200000:10") == "100000+10 200000+10 ",
         "by both, without a last newline");
  expect(ranges("ann:100000:65536\n", 1000, "").empty(), "a name is no proof for a user without one");
  expect(ranges(":100000:65536\n", 1000, "").empty(), "an empty name is nobody's");
  expect(ranges("annie:100000:65536\nAnn:100000:65536\n10000:100000:5\n").empty(), "similar names and uids");
  for (const char* line : {"ann:0:65536", "ann:65535:10", "ann:100000:0", "ann:100000:-1", "ann:-1:10",
                           "ann:1e6:10", "ann:100000:4294967295", "ann:4294967295:1", "ann:99999999999:1",
                           "ann:100000", "ann:100000:10:1", "ann: 100000:10", "ann", "", "::"}) {
    expect(ranges(line).empty(), std::string("no range: ") + line);
  }
  expect(ranges("ann:100000:65536\nbob:150000:10\n").empty(), "a range that overlaps another user's");
  expect(ranges("bob:90000:10001\nann:100000:10\nann:300000:10\n") == "300000+10 ", "and only that one");
  expect(ranges("ann:100000:10\nann:100005:10\n") == "100000+10 100005+10 ", "one's own may overlap");
  expect(ranges("ann:4294967294:1\n") == "4294967294+1 ", "the last uid");
}

std::string charged(const std::string& subuid, const std::string& passwd) {
  std::string text;
  for (const auto& [range, account] : charged_ranges(subuid, passwd))
    text += std::to_string(range.first) + ">" + std::to_string(account) + " ";
  return text;
}

void charges() {
  std::string passwd = "ann:x:1000:1000::/:/bin/sh\n";
  expect(charged("ann:100000:10\n1000:200000:10\nbob:300000:10\nbob:400000:10\n", passwd) ==
             "100000>1000 200000>1000 300000>300000 400000>300000 ",
         "each range is charged to its user, also without a known uid");
  expect(charged("ann:100:10\nbroken\n", passwd).empty(), "uids of people are charged to nobody else");
}

void names() {
  std::string passwd =
      "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\nbroken\nbob:x:10000:1\n";
  expect(user_name(passwd, 0) == "root" && user_name(passwd, 1000) == "ann", "the names of users");
  expect(user_name(passwd, 100).empty() && user_name("", 0).empty(), "no name for an unknown uid");
}

void coverage() {
  Scope mine({1000, false}), all({1000, true});
  mine.refresh();
  expect(mine.covers(1000) && !mine.covers(1001) && !mine.covers(0), "the served uid, and no other");
  expect(!mine.all() && all.all(), "the scope");
  Scope first({1000, false});
  expect_refusal_without_descriptors([&] { first.refresh(); }, "what the user has");
}

}  // namespace

int main() {
  subordinates();
  charges();
  names();
  coverage();
  return failures == 0 ? 0 : 1;
}
