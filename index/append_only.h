#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>

namespace voisin::index {

// A list that only grows and never moves what is in it. One thread appends; others may read any element whose number
// they learnt through a release and an acquire after it was appended. Chunks double, an empty list has none.
template <typename T>
class AppendOnly {
 public:
  // Writer only; so is size(). The new element is value-initialised.
  T& Grow() {
    const Place place = PlaceOf(size_++);
    if (chunks_[place.chunk] == nullptr) chunks_[place.chunk] = std::make_unique<T[]>(kFirst << place.chunk);
    return chunks_[place.chunk][place.offset];
  }
  size_t size() const { return size_; }

  T& operator[](size_t i) { return chunks_[PlaceOf(i).chunk][PlaceOf(i).offset]; }
  const T& operator[](size_t i) const { return chunks_[PlaceOf(i).chunk][PlaceOf(i).offset]; }

  // Writer only: bytes of the chunks.
  size_t memory_bytes() const {
    return size_ == 0 ? 0 : ((kFirst << (PlaceOf(size_ - 1).chunk + 1)) - kFirst) * sizeof(T);
  }

 private:
  static constexpr size_t kFirst = 64;  // elements of the first chunk
  struct Place {
    size_t chunk;
    size_t offset;
  };
  static Place PlaceOf(size_t i) {
    const auto chunk = static_cast<size_t>(std::bit_width(i / kFirst + 1) - 1);
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): bit_width is 1 or more here
    return {chunk, i - ((kFirst << chunk) - kFirst)};
  }

  std::array<std::unique_ptr<T[]>, 40> chunks_;
  size_t size_ = 0;
};

}  // namespace voisin::index
