#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <vector>

namespace voisin::index {

// Memory that starts on a cache line, so that rows of a multiple of 64 bytes straddle no more of them than they need.
// Large arrays start on a huge page and ask for more of them (Linux: madvise(2)): rows read in no order would otherwise
// wait for the page table more often than for memory.
template <typename T>
struct CacheAlignedAllocator {
  using value_type = T;
  static constexpr size_t kLine = 64;
  static constexpr size_t kHugePage = size_t{2} << 20;

  CacheAlignedAllocator() = default;
  template <typename U>
  explicit CacheAlignedAllocator(const CacheAlignedAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    void* memory = ::operator new(bytes, AlignmentOf(count));
    if (bytes >= kHugePage) (void)::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) { ::operator delete(memory, AlignmentOf(count)); }
  bool operator==(const CacheAlignedAllocator&) const { return true; }

 private:
  static std::align_val_t AlignmentOf(size_t count) {
    return std::align_val_t{count * sizeof(T) >= kHugePage ? kHugePage : kLine};
  }
};

template <typename T>
using AlignedVector = std::vector<T, CacheAlignedAllocator<T>>;

}  // namespace voisin::index
