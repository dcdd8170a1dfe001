// Finds numbered items by a key; the items lie elsewhere.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sockscope {

constexpr uint32_t kNone = UINT32_MAX;

// Differs from process to process: users choose ports and addresses, and must not choose collisions.
uint64_t hash_of(std::string_view bytes);

template <typename Key>
uint64_t hash_of_key(const Key& key) {
  static_assert(std::has_unique_object_representations_v<Key>, "padding has any value");
  return hash_of({reinterpret_cast<const char*>(&key), sizeof(key)});
}

// Both for maps of the standard library.
struct NumberHash {
  size_t operator()(uint64_t number) const { return hash_of_key(number); }
};

struct TextHash {
  size_t operator()(std::string_view text) const { return hash_of(text); }
};

class HashIndex {
 public:
  explicit HashIndex(size_t expected = 0) : slots_(16) {
    while (slots_.size() < 2 * expected) slots_.resize(2 * slots_.size());
  }

  // The item with this hash for which `is` holds; kNone: there is none.
  template <typename Is>
  uint32_t find(uint64_t hash, Is is) const {
    uint32_t kept = hash & kKeptBits;
    for (size_t at = kept & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (!slot.used) return kNone;
      if (slot.hash == kept && is(slot.item)) return slot.item;
    }
  }

  // The same; where there is none, `item` is it from now on.
  template <typename Is>
  uint32_t find_or_add(uint64_t hash, uint32_t item, Is is) {
    uint32_t found = find(hash, is);
    if (found != kNone) return found;
    if (2 * (size_ + 1) > slots_.size()) grow();
    insert(hash & kKeptBits, item);
    size_++;
    return item;
  }

 private:
  static constexpr uint32_t kKeptBits = 0x7fffffff;

  struct Slot {
    uint32_t item;
    uint32_t hash : 31;
    uint32_t used : 1;
  };

  size_t mask() const { return slots_.size() - 1; }
  void insert(uint32_t hash, uint32_t item);
  void grow();

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace sockscope
