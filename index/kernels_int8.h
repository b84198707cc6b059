#pragma once

#include <cstddef>
#include <cstdint>

namespace voisin::index {

// Rows of codes begin on multiples of this many bytes and are filled up with zeros, so that no loop has a tail.
inline constexpr size_t kCodeBlock = 64;

// Bytes from one row of codes to the next.
constexpr size_t CodeStride(size_t dimensions) {
  return (dimensions + kCodeBlock - 1) / kCodeBlock * kCodeBlock;
}

// Integer products of 8-bit codes for one instruction set. Codes are -127..127. All tables give the same
// numbers. `stride` is a multiple of kCodeBlock and at most 65536, so that no sum leaves 32 bits.
struct CodeKernels {
  const char* name;
  int32_t (*inner_product)(const int8_t* a, const int8_t* b, size_t stride);
  // out[i] = inner_product(query, base + rows[i] * stride) for i < count; fetches the next rows ahead.
  void (*inner_products)(const int8_t* query, const int8_t* base, const uint32_t* rows, size_t count,
                         size_t stride, int32_t* out);
};

// Null where this machine cannot run them.
const CodeKernels* ScalarCodeKernels();
const CodeKernels* Avx2CodeKernels();
const CodeKernels* VnniCodeKernels();
// The fastest that this machine runs.
const CodeKernels& BestCodeKernels();

// What was compiled, whether or not the machine can run it; null when the compiler had no such instructions.
const CodeKernels* CompiledAvx2CodeKernels();
const CodeKernels* CompiledVnniCodeKernels();

}  // namespace voisin::index
