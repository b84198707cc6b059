#include "base/float16.h"
#include "index/kernels.h"

namespace voisin::index {
namespace {

float InnerProduct(const float* a, const float* b, size_t length) {
  float sums[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= length; i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < length; ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

float SquaredL2(const float* a, const float* b, size_t length) {
  float sums[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= length; i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) {
      const float difference = a[i + lane] - b[i + lane];
      sums[lane] += difference * difference;
    }
  }
  for (; i < length; ++i) sums[0] += (a[i] - b[i]) * (a[i] - b[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void InnerProducts(const float* query, const float* base, const uint32_t* rows, size_t count, size_t length,
                   float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = InnerProduct(query, base + rows[i] * length, length);
}

void SquaredL2s(const float* query, const float* base, const uint32_t* rows, size_t count, size_t length,
                float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = SquaredL2(query, base + rows[i] * length, length);
}

void Narrow(const float* values, size_t length, uint16_t* halves) {
  for (size_t i = 0; i < length; ++i) halves[i] = ToFloat16(values[i]);
}

void Widen(const uint16_t* halves, size_t length, float* values) {
  for (size_t i = 0; i < length; ++i) values[i] = FromFloat16(halves[i]);
}

constexpr Kernels kTable = {"scalar", InnerProduct, SquaredL2, InnerProducts, SquaredL2s, Narrow, Widen};

}  // namespace

const Kernels* ScalarKernels() { return &kTable; }

}  // namespace voisin::index
