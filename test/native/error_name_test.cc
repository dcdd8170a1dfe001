// Errors must have the names that Node.js and the C library give them.
#include "addon/error_name.h"

#include <cstring>

#include "expect.h"

using namespace sockscope;

int main() {
  for (int number = 1; number < 4096; number++) {
    const char* ours = error_name(number);
    const char* theirs = strerrorname_np(number);
    bool same = ours && theirs ? std::strcmp(ours, theirs) == 0 : ours == theirs;
    expect(same, "the name of error " + std::to_string(number));
  }
  expect(error_name(0) == nullptr, "0 is no error");
  return failures == 0 ? 0 : 1;
}
