#include "index/kernels_int8.h"

namespace voisin::index {
namespace {

int32_t InnerProduct(const int8_t* a, const int8_t* b, size_t stride) {
  int32_t sum = 0;
  for (size_t i = 0; i < stride; ++i) sum += int32_t{a[i]} * b[i];
  return sum;
}

void InnerProducts(const int8_t* query, const int8_t* base, const uint32_t* rows, size_t count, size_t stride,
                   int32_t* out) {
  for (size_t i = 0; i < count; ++i) out[i] = InnerProduct(query, base + rows[i] * stride, stride);
}

constexpr CodeKernels kTable = {"scalar", InnerProduct, InnerProducts};

}  // namespace

const CodeKernels* ScalarCodeKernels() { return &kTable; }

}  // namespace voisin::index
