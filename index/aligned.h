#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <vector>

namespace voisin::index {

inline constexpr size_t kCacheLine = 64, kHugePage = size_t{2} << 20;

// Large arrays start on a huge page.
inline std::align_val_t AlignmentOf(size_t bytes) {
  return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine};
}

// Asks for huge pages where an array has room for any (Linux: madvise(2)): rows read in no order would otherwise wait for the
// page table more often than for memory, and 512 pages come with one page fault.
inline void AskForHugePages(void* memory, size_t bytes) {
  if (bytes >= kHugePage) (void)::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
}

// Memory that starts on a cache line, so that rows of a multiple of 64 bytes straddle no more of them than they need, in huge
// pages.
template <typename T>
struct CacheAlignedAllocator {
  using value_type = T;

  CacheAlignedAllocator() = default;
  template <typename U>
  explicit CacheAlignedAllocator(const CacheAlignedAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    void* memory = ::operator new(bytes, AlignmentOf(bytes));
    AskForHugePages(memory, bytes);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) { ::operator delete(memory, AlignmentOf(count * sizeof(T))); }
  bool operator==(const CacheAlignedAllocator&) const { return true; }
};

template <typename T>
using AlignedVector = std::vector<T, CacheAlignedAllocator<T>>;

// Uninitialised memory for `count` elements, aligned as above. The system gives pages when they are first written to, so what
// stays unused takes none.
template <typename T>
class LazyArray {
 public:
  explicit LazyArray(size_t count)
      : bytes_(count * sizeof(T)), memory_(static_cast<T*>(::operator new(bytes_, AlignmentOf(bytes_)))) {}
  ~LazyArray() { ::operator delete(memory_, AlignmentOf(bytes_)); }
  LazyArray(const LazyArray&) = delete;
  LazyArray& operator=(const LazyArray&) = delete;

  T* data() { return memory_; }

  // Says that most of it will be used: what has no page yet then comes in huge ones.
  void ExpectMost() { AskForHugePages(memory_, bytes_); }

 private:
  const size_t bytes_;
  T* const memory_;
};

}  // namespace voisin::index
