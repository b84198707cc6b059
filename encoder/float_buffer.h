#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace voisin::encoder {

// Uninitialised floats on a cache line boundary. Grows and never shrinks, so a reused buffer stops
// allocating.
class FloatBuffer {
 public:
  FloatBuffer() = default;
  FloatBuffer(FloatBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
  FloatBuffer& operator=(FloatBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~FloatBuffer() { Free(); }

  // At least `size` floats; what was there is lost when it has to grow.
  float* Reserve(int64_t size) {
    if (size > capacity_) {
      Free();
      data_ = static_cast<float*>(::operator new(static_cast<size_t>(size) * sizeof(float), kAlignment));
      capacity_ = size;
    }
    return data_;
  }
  float* data() { return data_; }
  const float* data() const { return data_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  void Free() {
    if (data_ != nullptr) ::operator delete(data_, kAlignment);
  }

  float* data_ = nullptr;
  int64_t capacity_ = 0;
};

}  // namespace voisin::encoder
