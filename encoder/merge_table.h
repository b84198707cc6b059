#pragma once

#include <cstdint>
#include <vector>

#include "encoder/model_vocabulary.h"

namespace voisin::encoder {

// Which pairs of tokens merge, by open addressing. Immutable, thread-safe.
class MergeTable {
 public:
  static constexpr uint32_t kNoRank = 0xffffffff;

  struct Merge {
    uint32_t rank = kNoRank;  // lower merges first
    int32_t merged = 0;
  };

  explicit MergeTable(const std::vector<BpeMerge>& merges);

  // A rank of kNoRank when the pair does not merge.
  Merge Find(int32_t left, int32_t right) const {
    const uint64_t key = Key(left, right);
    for (size_t at = Slot(key);; at = (at + 1) & mask_) {
      if (slots_[at].key == key) return slots_[at].merge;
      if (slots_[at].key == kFree) return {};
    }
  }

 private:
  static constexpr uint64_t kFree = ~uint64_t{0};  // ids are not negative

  struct Entry {
    uint64_t key = kFree;
    Merge merge;
  };

  static uint64_t Key(int32_t left, int32_t right) {
    return (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
  }
  size_t Slot(uint64_t key) const { return static_cast<size_t>((key * 0x9e3779b97f4a7c15u) >> 20) & mask_; }

  size_t mask_;
  std::vector<Entry> slots_;
};

}  // namespace voisin::encoder
