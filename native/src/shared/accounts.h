// To whom the rows of a list are charged.
#pragma once

#include <cstdint>

namespace sockscope {

class Accounts {
 public:
  virtual ~Accounts() = default;
  // Whether this uid counts as the served user.
  virtual bool is_own(uint32_t uid) const = 0;
  // A uid that stands for the user whose uid this is: a subordinate one is charged to its user, who can have
  // 65,536 of them.
  virtual uint32_t account_of(uint32_t uid) const = 0;
};

}  // namespace sockscope
