// Ids that must not be given to an agent: none may be overlooked.
#include "scans/thread_ids.h"

#include <cstdio>

using namespace sockscope;

namespace {

int failures = 0;

void expect(const std::string& status, const std::set<uint32_t>& expected, const std::string& what) {
  std::set<uint32_t> ids;
  add_ids_in(status, ids);
  std::printf("%s %s\n", ids == expected ? "ok" : "FAILED", what.c_str());
  failures += ids != expected;
}

}  // namespace

int main() {
  expect("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nFDSize:\t64\nGroups:\t9 10 \nNStgid:\t11\n",
         {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "all ids of a thread");
  expect("Name:\tx\nGroups:\t \nNStgid:\t11\n", {}, "no groups");
  expect("Name:\tx\nUid:\t4294967295", {4294967295}, "a text that ends early");
  expect("", {}, "a thread that has ended");
  std::string many = "Name:\tx\nGroups:\t";
  std::set<uint32_t> groups;
  for (uint32_t group = 0; group < 65536; group++) {
    many += std::to_string(group) + " ";
    groups.insert(group);
  }
  expect(many + "\n", groups, "65536 groups");
  bool has_own = ids_of_threads().count(0) > 0;  // something of root's runs on every machine
  std::printf("%s threads of this machine\n", has_own ? "ok" : "FAILED");
  return failures + !has_own;
}
