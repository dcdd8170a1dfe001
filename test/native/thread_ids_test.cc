// Ids that must not be given to an agent: none may be overlooked.
#include "scans/thread_ids.h"

#include "expect.h"
#include "without_descriptors.h"

using namespace sockscope;

namespace {

void expect_ids(const std::string& status, const std::set<uint32_t>& expected, const std::string& what) {
  std::set<uint32_t> ids;
  add_ids_in(status, ids);
  expect(ids == expected, what);
}

}  // namespace

int main() {
  expect_ids("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nFDSize:\t64\nGroups:\t9 10 \nNStgid:\t11\n",
             {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "all ids of a thread");
  expect_ids("Name:\tx\nGroups:\t \nNStgid:\t11\n", {}, "no groups");
  expect_ids("Name:\tx\nUid:\t4294967295", {4294967295}, "a text that ends early");
  expect_ids("", {}, "a thread that has ended");
  std::string many = "Name:\tx\nGroups:\t";
  std::set<uint32_t> groups;
  for (uint32_t group = 0; group < 65536; group++) {
    many += std::to_string(group) + " ";
    groups.insert(group);
  }
  expect_ids(many + "\n", groups, "65536 groups");
  // Something of root's runs on every machine.
  expect(ids_of_threads().count(0) > 0, "threads of this machine");
  expect_refusal_without_descriptors([] { ids_of_threads(); }, "which ids are taken");
  return failures == 0 ? 0 : 1;
}
