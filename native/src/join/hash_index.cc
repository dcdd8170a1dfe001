#include "join/hash_index.h"

#include <cstring>
#include <random>
#include <utility>

namespace sockscope {

namespace {

uint64_t random_number() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// The folded product of two numbers: each bit of both reaches all bits of it.
uint64_t mix(uint64_t a, uint64_t b) {
  __uint128_t product = static_cast<__uint128_t>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

uint64_t hash_of(std::string_view bytes) {
  static const uint64_t kSeed = random_number();
  static const uint64_t kFactor = random_number() | 1;
  uint64_t hash = kSeed ^ bytes.size();
  while (!bytes.empty()) {
    uint64_t word = 0;
    size_t size = bytes.size() < sizeof(word) ? bytes.size() : sizeof(word);
    std::memcpy(&word, bytes.data(), size);
    hash = mix(hash ^ word, kFactor);
    bytes.remove_prefix(size);
  }
  return hash;
}

void HashIndex::insert(uint32_t hash, uint32_t item) {
  size_t at = hash & mask();
  while (slots_[at].used) at = (at + 1) & mask();
  slots_[at] = {item, hash, 1};
}

void HashIndex::grow() {
  std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  for (const Slot& slot : before)
    if (slot.used) insert(slot.hash, slot.item);
}

}  // namespace sockscope
