// The network namespaces of a request's targets: opened once, so that none ends in between, and read without
// entering any.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "scans/inventory.h"
#include "scans/namespace_reader.h"

namespace sockscope {

class TargetNamespaces {
 public:
  TargetNamespaces(const Inventory& inventory, NamespaceReader& reader)
      : inventory_(inventory), reader_(reader) {}

  // Finds the holders of all that will be opened or read, with one scan.
  void expect(const std::vector<uint32_t>& namespaces);

  // Stays open as long as this object. Throws SystemError.
  int open(uint32_t netns);

  // What `fill` makes of `count` zeroed records: in the broker's own namespace by itself, in another one by a
  // walker. Throws SystemError: where it cannot be opened, and what `fill` throws.
  template <typename Record>
  std::vector<Record> read(uint32_t netns, size_t count, const std::function<void(Record*)>& fill) {
    if (netns != inventory_.home()) return reader_.read(open(netns), count, fill);
    std::vector<Record> records(count);
    fill(records.data());
    return records;
  }

 private:
  const Inventory& inventory_;
  NamespaceReader& reader_;
  NamespaceHolders holders_;
  std::map<uint32_t, UniqueFd> opened_;
};

}  // namespace sockscope
