// A column of numbers as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sockscope {

class Column {
 public:
  void add(uint64_t number) { numbers_.push_back(number); }
  // Appends `"name":` and the numbers as a list; one number where all are the same, and nothing where there
  // are none. Numbers that JavaScript's cannot hold are strings.
  void write(const char* name, std::string& text) const;

 private:
  std::vector<uint64_t> numbers_;
};

}  // namespace sockscope
