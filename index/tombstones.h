#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace voisin::index {

// One bit per slot: is the point dead? Set by one writer, read by anyone, without locks.
class Tombstones {
 public:
  explicit Tombstones(uint32_t slots) : words_(new std::atomic<uint64_t>[slots / 64 + 1]()) {}

  // True when the slot was live.
  bool Set(uint32_t slot) {
    const uint64_t before = words_[slot / 64].fetch_or(Bit(slot), std::memory_order_acq_rel);
    if ((before & Bit(slot)) != 0) return false;
    count_.fetch_add(1, std::memory_order_acq_rel);
    return true;
  }
  bool Test(uint32_t slot) const {
    return (words_[slot / 64].load(std::memory_order_acquire) & Bit(slot)) != 0;
  }
  uint32_t count() const { return count_.load(std::memory_order_acquire); }

 private:
  static uint64_t Bit(uint32_t slot) { return uint64_t{1} << (slot % 64); }

  std::unique_ptr<std::atomic<uint64_t>[]> words_;
  std::atomic<uint32_t> count_{0};
};

}  // namespace voisin::index
