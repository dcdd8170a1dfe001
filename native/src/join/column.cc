#include "join/column.h"

#include <algorithm>
#include <charconv>

namespace sockscope {

namespace {

constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;

// Its digits, and perhaps quotes.
constexpr size_t kMaxNumber = 22;

// Returns the end of what it wrote.
char* write_number(char* at, uint64_t number) {
  bool is_text = number > kMaxSafeInteger;
  if (is_text) *at++ = '"';
  at = std::to_chars(at, at + kMaxNumber, number).ptr;
  if (is_text) *at++ = '"';
  return at;
}

}  // namespace

void Column::write(const char* name, std::string& text) const {
  if (numbers_.empty()) return;
  text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":");
  bool is_constant = std::all_of(numbers_.begin(), numbers_.end(),
                                 [this](uint64_t number) { return number == numbers_.front(); });
  size_t count = is_constant ? 1 : numbers_.size();
  size_t begin = text.size();
  text.resize(begin + count * (kMaxNumber + 1) + 1);
  char* at = &text[begin];
  for (size_t number = 0; number < count; number++) {
    if (!is_constant) *at++ = number == 0 ? '[' : ',';
    at = write_number(at, numbers_[number]);
  }
  if (!is_constant) *at++ = ']';
  text.resize(at - text.data());
}

}  // namespace sockscope
