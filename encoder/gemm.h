#pragma once

#include <cstdint>

#include "encoder/float_buffer.h"
#include "encoder/kernels.h"
#include "encoder/precision.h"

namespace voisin::encoder {

// Matrix products on the calling thread, row-major. On AVX2 and AVX-512 our own register-tiled kernel over
// operands packed once; on other processors OpenBLAS. (Goto and van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication", 2008. Packing a weight once at load pays most for few rows: OpenBLAS packs it on
// every call.)

// Floats that a packed k x n operand takes.
int64_t PackedSize(const Kernels& kernels, int64_t n, int64_t k);

// `packed` = transpose of b, whose n rows of k floats lie `stride` apart (weights in torch layout; attention
// keys).
void PackTransposed(const Kernels& kernels, const float* b, int64_t n, int64_t k, int64_t stride,
                    float* packed);

// `packed` = b, whose k rows of n floats lie `stride` apart (attention values).
void PackRows(const Kernels& kernels, const float* b, int64_t n, int64_t k, int64_t stride, float* packed);

// The weight of a linear map, [out, in], ready to multiply. Immutable after Pack; any number of threads may
// use it.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  static PackedMatrix Pack(const float* weight, int64_t out, int64_t in,
                           Precision precision = Precision::fp32);

  int64_t out() const { return out_; }
  int64_t in() const { return in_; }

  // c[m, out] = epilogue(a[m, in] weight^T + bias); `bias` holds `out` floats or is null. `a` and `c` are
  // dense. bf16 and int8 convert `a` in memory that each thread keeps.
  void Multiply(const float* a, int64_t m, const float* bias, Epilogue epilogue, float* c) const;

 private:
  void PackNarrow(const float* weight);
  void MultiplyNarrow(const float* a, int64_t m, const float* bias, Epilogue epilogue, float* c) const;

  Precision precision_ = Precision::fp32;
  int64_t out_ = 0;
  int64_t in_ = 0;
  FloatBuffer values_;                  // fp32
  AlignedBuffer<uint32_t> words_;       // bf16 and int8: panels of words
  FloatBuffer column_scales_;           // int8, as long as the panels together
  AlignedBuffer<int32_t> column_sums_;  // int8, as long
};

}  // namespace voisin::encoder
