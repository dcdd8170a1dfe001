// Pages of a list as they cross the wire (agent/protocol/packed-sockets.ts).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "join/listed.h"

namespace sockscope {

// An owner's process, as a message has it.
struct page_process {
  uint32_t program;
  uint32_t command;  // characters of its command line that are left; kNone: all
};

// Without padding.
struct page_address {
  uint8_t bytes[16];
  uint16_t family;
  uint16_t reserved;
};

struct Page {
  uint32_t end = 0;     // the row behind the last one
  std::string columns;  // JSON
  // What the numbers of columns refer to, in order.
  std::vector<page_process> processes;
  std::vector<page_address> addresses;
  std::vector<uint32_t> containers;
};

struct PageLimits {
  uint32_t rows;
  uint32_t bytes;  // about so many, but at least one row
};

// The page from row `start`, of a join that is described. Throws std::out_of_range where the numbers are not
// of this listing.
Page write_page(const Join& join, Listed listed, uint32_t start, const PageLimits& limits);

}  // namespace sockscope
