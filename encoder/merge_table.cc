#include "encoder/merge_table.h"

#include <bit>

namespace voisin::encoder {

MergeTable::MergeTable(const std::vector<BpeMerge>& merges)
    : mask_(std::bit_ceil(2 * merges.size() + 1) - 1), slots_(mask_ + 1) {
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const uint64_t key = Key(merges[rank].left, merges[rank].right);
    size_t at = Slot(key);
    while (slots_[at].key != kFree && slots_[at].key != key) at = (at + 1) & mask_;
    slots_[at] = {key, {static_cast<uint32_t>(rank), merges[rank].merged}};
  }
}

}  // namespace voisin::encoder
