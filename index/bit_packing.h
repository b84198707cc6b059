#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace voisin::index {

// Blocks of 128 numbers, each number in as many bits as the largest needs, in four lanes that lie side by side, so that
// four numbers are taken out at a time (Lemire and Boytsov 2015, Decoding billions of integers per second through
// vectorization). Number i is in lane i % 4; every lane is `bits` words long.
constexpr size_t kPackedNumbers = 128;
constexpr uint32_t kMostBits = 32;

// Of the largest.
uint32_t BitsOf(std::span<const uint32_t, kPackedNumbers> numbers);

// Appends 4 * bits words; `bits` is at least BitsOf(numbers), 0 appends nothing.
void PackBits(std::span<const uint32_t, kPackedNumbers> numbers, uint32_t bits, std::vector<uint32_t>& words);

// `words`: 4 * bits of them, in no alignment beyond their own.
void UnpackBits(const uint32_t* words, uint32_t bits, std::span<uint32_t, kPackedNumbers> numbers);

// The differences of ascending numbers, each to the one four places before (the first four to `base`), and back: four
// sums that run side by side (Lemire, Boytsov and Kurz 2016, SIMD compression and the intersection of sorted integers).
void Differences(uint32_t base, std::span<uint32_t, kPackedNumbers> numbers);
void Sums(uint32_t base, std::span<uint32_t, kPackedNumbers> numbers);

}  // namespace voisin::index
