// Rows of a list as the JSON that scripts read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "join/listed.h"

namespace sockscope {

// Of a row, what its words depend on.
struct row_kind {
  uint16_t protocol;
  uint8_t state;
  bool has_port;
  bool is_mptcp_path;
};

// JSON of each value.
struct KindTexts {
  std::string protocol, state, unsupported_reason;
};

// What JavaScript knows of the rows, as JSON. It is asked once for each that repeats.
class RowTexts {
 public:
  virtual ~RowTexts() = default;
  virtual KindTexts kind(const row_kind& kind) = 0;
  virtual std::string address(uint16_t family, const uint8_t (&bytes)[16]) = 0;
  // The members of an owner that its program has, with so many characters of its command line (kNone: all).
  virtual std::string program(uint32_t program, uint32_t command) = 0;
  virtual std::string container(uint32_t container) = 0;
};

struct JsonRows {
  size_t end = 0;    // the row behind the last one
  std::string text;  // with commas in between
};

// The rows from `start` until they have so many bytes, at least one, of a join that is described. Throws
// std::out_of_range where the numbers are not of this listing.
JsonRows write_json_rows(const Join& join, Listed listed, size_t start, size_t bytes, RowTexts& texts);

}  // namespace sockscope
