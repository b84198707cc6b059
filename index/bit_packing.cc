#include "index/bit_packing.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace voisin::index {
namespace {

constexpr size_t kLanes = 4;
constexpr size_t kRows = kPackedNumbers / kLanes;

// One number of each lane; the compiler's own vectors, that every machine has.
using Row = uint32_t __attribute__((vector_size(kLanes * sizeof(uint32_t))));

Row Load(const uint32_t* numbers) {
  Row row;
  std::memcpy(&row, numbers, sizeof(row));
  return row;
}

void Store(Row row, uint32_t* numbers) { std::memcpy(numbers, &row, sizeof(row)); }

template <uint32_t kBits, size_t kRow>
void UnpackRow(const uint32_t* words, uint32_t* numbers) {
  constexpr size_t kWord = kRow * kBits / 32;
  constexpr uint32_t kShift = kRow * kBits % 32;
  constexpr uint32_t kMask = kBits == 32 ? ~uint32_t{0} : (uint32_t{1} << (kBits % 32)) - 1;
  Row row = Load(words + kLanes * kWord) >> kShift;
  if constexpr (kShift + kBits > 32) row |= Load(words + kLanes * (kWord + 1)) << (32 - kShift);
  Store(row & kMask, numbers + kLanes * kRow);
}

template <uint32_t kBits>
void Unpack(const uint32_t* words, uint32_t* numbers) {
  if constexpr (kBits == 0) {
    std::fill_n(numbers, kPackedNumbers, 0);
  } else {
    [&]<size_t... kRow>(std::index_sequence<kRow...>) { (UnpackRow<kBits, kRow>(words, numbers), ...); }
    (std::make_index_sequence<kRows>());
  }
}

using Unpacker = void (*)(const uint32_t* words, uint32_t* numbers);

template <size_t... kBits>
constexpr std::array<Unpacker, sizeof...(kBits)> UnpackersOf(std::index_sequence<kBits...>) {
  return {&Unpack<static_cast<uint32_t>(kBits)>...};
}

constexpr auto kUnpackers = UnpackersOf(std::make_index_sequence<kMostBits + 1>());

}  // namespace

uint32_t BitsOf(std::span<const uint32_t, kPackedNumbers> numbers) {
  uint32_t all = 0;
  for (uint32_t number : numbers) all |= number;
  return static_cast<uint32_t>(std::bit_width(all));
}

void PackBits(std::span<const uint32_t, kPackedNumbers> numbers, uint32_t bits,
              std::vector<uint32_t>& words) {
  const size_t begin = words.size();
  words.resize(begin + kLanes * bits);
  for (size_t i = 0; i < kPackedNumbers && bits > 0; ++i) {
    const size_t bit = i / kLanes * bits;
    uint32_t* word = words.data() + begin + kLanes * (bit / 32) + i % kLanes;
    const uint64_t shifted = uint64_t{numbers[i]} << (bit % 32);
    word[0] |= static_cast<uint32_t>(shifted);
    if (bit % 32 + bits > 32) word[kLanes] |= static_cast<uint32_t>(shifted >> 32);
  }
}

void UnpackBits(const uint32_t* words, uint32_t bits, std::span<uint32_t, kPackedNumbers> numbers) {
  kUnpackers[bits](words, numbers.data());
}

void Differences(uint32_t base, std::span<uint32_t, kPackedNumbers> numbers) {
  for (size_t i = kPackedNumbers; i-- > kLanes;) numbers[i] -= numbers[i - kLanes];
  for (size_t i = 0; i < kLanes; ++i) numbers[i] -= base;
}

void Sums(uint32_t base, std::span<uint32_t, kPackedNumbers> numbers) {
  Row sum = Row{} + base;
  for (size_t i = 0; i < kPackedNumbers; i += kLanes) {
    sum += Load(numbers.data() + i);
    Store(sum, numbers.data() + i);
  }
}

}  // namespace voisin::index
