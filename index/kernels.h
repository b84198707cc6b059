#pragma once

#include <cstddef>
#include <cstdint>

namespace voisin::index {

// Loops over float vectors for one instruction set. All tables agree within rounding; within one table the
// many-row loops give exactly the bits of the one-row functions. Vectors need no alignment and may have any
// length.
struct Kernels {
  const char* name;
  float (*inner_product)(const float* a, const float* b, size_t length);
  float (*squared_l2)(const float* a, const float* b, size_t length);
  // out[i] = kernel(query, base + rows[i] * length) for i < count; fetches the next rows ahead.
  void (*inner_products)(const float* query, const float* base, const uint32_t* rows, size_t count,
                         size_t length, float* out);
  void (*squared_l2s)(const float* query, const float* base, const uint32_t* rows, size_t count,
                      size_t length, float* out);
  // Between floats and halves (IEEE 754 binary16, to nearest, ties to even); of finite numbers the same bits in every
  // table.
  void (*narrow)(const float* values, size_t length, uint16_t* halves);
  void (*widen)(const uint16_t* halves, size_t length, float* values);
};

// Null where this machine cannot run them.
const Kernels* ScalarKernels();
const Kernels* Avx2Kernels();
const Kernels* Avx512Kernels();
// The fastest that this machine runs.
const Kernels& BestKernels();

// What was compiled, whether or not the machine can run it; null when the compiler had no such instructions.
const Kernels* CompiledAvx2Kernels();
const Kernels* CompiledAvx512Kernels();

}  // namespace voisin::index
