#include "join/column.h"

#include <algorithm>
#include <charconv>

namespace sockscope {

namespace {

constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;

void append(std::string& text, uint64_t number) {
  char digits[20];
  char* end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  if (number > kMaxSafeInteger) text += '"';
  text.append(digits, end);
  if (number > kMaxSafeInteger) text += '"';
}

}  // namespace

void Column::write(const char* name, std::string& text) const {
  if (numbers_.empty()) return;
  text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":");
  bool is_constant = std::all_of(numbers_.begin(), numbers_.end(),
                                 [this](uint64_t number) { return number == numbers_.front(); });
  if (is_constant) return append(text, numbers_.front());
  char separator = '[';
  for (uint64_t number : numbers_) {
    text += separator;
    append(text, number);
    separator = ',';
  }
  text += ']';
}

}  // namespace sockscope
