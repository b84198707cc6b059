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
    void* memory = ::operator new(bytes, AlignmentOf(bytes));
    if (bytes >= kHugePage) (void)::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) { ::operator delete(memory, AlignmentOf(count * sizeof(T))); }
  bool operator==(const CacheAlignedAllocator&) const { return true; }

  static std::align_val_t AlignmentOf(size_t bytes) {
    return std::align_val_t{bytes >= kHugePage ? kHugePage : kLine};
  }
};

template <typename T>
using AlignedVector = std::vector<T, CacheAlignedAllocator<T>>;

// Uninitialised memory for `count` elements, on a cache line, a large one on a huge page. The system gives pages when they
// are first written to, so what stays unused takes none.
template <typename T>
class LazyArray {
 public:
  explicit LazyArray(size_t count)
      : bytes_(count * sizeof(T)), memory_(static_cast<T*>(::operator new(bytes_, Alignment()))) {}
  ~LazyArray() { ::operator delete(memory_, Alignment()); }
  LazyArray(const LazyArray&) = delete;
  LazyArray& operator=(const LazyArray&) = delete;

  T* data() { return memory_; }
  const T* data() const { return memory_; }

  // Says that most of it will be used: it then comes in huge pages, where it has any, which takes one page fault for 512.
  void ExpectMost() { (void)::madvise(memory_, bytes_ / kHugePage * kHugePage, MADV_HUGEPAGE); }

 private:
  static constexpr size_t kHugePage = CacheAlignedAllocator<T>::kHugePage;
  std::align_val_t Alignment() const { return CacheAlignedAllocator<T>::AlignmentOf(bytes_); }

  const size_t bytes_;
  T* const memory_;
};

}  // namespace voisin::index
