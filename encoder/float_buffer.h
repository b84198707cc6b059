#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace voisin::encoder {

// Uninitialised numbers on a cache line boundary. Grows and never shrinks, so a reused buffer stops
// allocating.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~AlignedBuffer() { Free(); }

  // At least `size` numbers; what was there is lost when it has to grow.
  T* Reserve(int64_t size) {
    if (size > capacity_) {
      Free();
      data_ = static_cast<T*>(::operator new(static_cast<size_t>(size) * sizeof(T), kAlignment));
      capacity_ = size;
    }
    return data_;
  }
  T* data() { return data_; }
  const T* data() const { return data_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  void Free() {
    if (data_ != nullptr) ::operator delete(data_, kAlignment);
  }

  T* data_ = nullptr;
  int64_t capacity_ = 0;
};

using FloatBuffer = AlignedBuffer<float>;

}  // namespace voisin::encoder
