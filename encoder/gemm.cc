#include "encoder/gemm.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "encoder/kernels_tables.h"
#include "encoder/packed_kernels.h"

namespace voisin::encoder {
namespace {

// OpenBLAS's SSE kernels beat our portable loop, our AVX kernels beat OpenBLAS.
bool UsesBlas() { return &BestKernels() == &ScalarKernels(); }

// Parallelism is over requests: a product stays on the thread that asked for it.
void OneBlasThread() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

// c holds the bias (and what it is added to) before the product is.
void PrepareSums(const float* bias, int64_t m, int64_t n, bool accumulate, float* c) {
  for (int64_t row = 0; row < m; ++row, c += n) {
    if (!accumulate) std::fill_n(c, n, 0.0f);
    if (bias != nullptr) ScalarKernels().add(c, bias, n);
  }
}

void MultiplyWithBlas(const float* a, int64_t m, const float* weight, int64_t n, int64_t k, const float* bias,
                      Epilogue epilogue, float* c) {
  OneBlasThread();
  PrepareSums(bias, m, n, epilogue == Epilogue::accumulate, c);
  const auto rows = static_cast<blasint>(m);
  const auto columns = static_cast<blasint>(n);
  const auto depth = static_cast<blasint>(k);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, depth, 1.0f, a, depth, weight, depth,
              1.0f, c, columns);
  for (int64_t row = 0; row < m && epilogue != Epilogue::accumulate; ++row, c += n) {
    FinishScalarRow(c, n, epilogue, c);
  }
}

int64_t Ceiling(int64_t a, int64_t b) { return (a + b - 1) / b; }

float LargestMagnitude(const float* x, int64_t size) {
  float largest = 0.0f;
  for (int64_t i = 0; i < size; ++i) largest = std::max(largest, std::fabs(x[i]));
  return largest;
}

// Operands of one column of a weight as words, `stride` words apart.
void PackColumnBf16(const PackedKernels& kernels, const float* row, int64_t in, int64_t stride,
                    uint32_t* words) {
  std::vector<uint32_t> dense(static_cast<size_t>(Ceiling(in, 2)));
  kernels.convert_rows(row, 1, in, dense.data(), nullptr, nullptr);
  for (size_t i = 0; i < dense.size(); ++i) words[static_cast<int64_t>(i) * stride] = dense[i];
}

// The same for int8; returns the sum of the operands.
int32_t PackColumnInt8(const float* row, int64_t in, int64_t depth, float scale, int64_t stride,
                       uint32_t* words) {
  const int64_t bits = 32 / depth;
  const uint32_t mask = (1u << bits) - 1u;
  int32_t sum = 0;
  for (int64_t i = 0; i < in; ++i) {
    const auto q = scale > 0.0f ? static_cast<int32_t>(std::lround(row[i] / scale)) : 0;
    words[i / depth * stride] |= (static_cast<uint32_t>(q) & mask) << (i % depth * bits);
    sum += q;
  }
  return sum;
}

// The left operand of a narrow product; each thread has one.
struct ConvertedRows {
  AlignedBuffer<uint32_t> words;
  FloatBuffer scales;
  AlignedBuffer<int32_t> zeros;
};

}  // namespace

int64_t PackedSize(const Kernels& kernels, int64_t n, int64_t k) {
  const int64_t width = kernels.panel_width;
  return (n + width - 1) / width * width * k;
}

void PackTransposed(const Kernels& kernels, const float* b, int64_t n, int64_t k, int64_t stride,
                    float* packed) {
  const int64_t width = kernels.panel_width;
  for (int64_t first = 0; first < n; first += width, packed += width * k) {
    const int64_t columns = std::min(width, n - first);
    for (int64_t i = 0; i < k; ++i) {
      float* row = packed + i * width;
      for (int64_t j = 0; j < columns; ++j) row[j] = b[(first + j) * stride + i];
      std::fill(row + columns, row + width, 0.0f);
    }
  }
}

void PackRows(const Kernels& kernels, const float* b, int64_t n, int64_t k, int64_t stride, float* packed) {
  const int64_t width = kernels.panel_width;
  for (int64_t first = 0; first < n; first += width, packed += width * k) {
    const int64_t columns = std::min(width, n - first);
    for (int64_t i = 0; i < k; ++i) {
      float* row = packed + i * width;
      std::copy_n(b + i * stride + first, columns, row);
      std::fill(row + columns, row + width, 0.0f);
    }
  }
}

PackedMatrix PackedMatrix::Pack(const float* weight, int64_t out, int64_t in, Precision precision) {
  PackedMatrix matrix;
  matrix.precision_ = precision;
  matrix.out_ = out;
  matrix.in_ = in;
  if (precision != Precision::fp32) {
    matrix.PackNarrow(weight);
  } else if (UsesBlas()) {
    std::copy_n(weight, out * in, matrix.values_.Reserve(out * in));
  } else {
    const Kernels& kernels = BestKernels();
    PackTransposed(kernels, weight, out, in, in, matrix.values_.Reserve(PackedSize(kernels, out, in)));
  }
  return matrix;
}

void PackedMatrix::PackNarrow(const float* weight) {
  const PackedKernels& kernels = BestPackedKernels(precision_);
  const int64_t width = kernels.panel_width;
  const int64_t words = Ceiling(in_, kernels.depth);
  const int64_t columns = Ceiling(out_, width) * width;
  std::fill_n(words_.Reserve(columns * words), columns * words, 0u);
  std::fill_n(column_scales_.Reserve(columns), columns, 0.0f);
  std::fill_n(column_sums_.Reserve(columns), columns, 0);
  for (int64_t column = 0; column < out_; ++column) {
    const float* row = weight + column * in_;
    uint32_t* target = words_.data() + column / width * width * words + column % width;
    if (precision_ == Precision::bf16) {
      PackColumnBf16(kernels, row, in_, width, target);
    } else {
      const float scale = LargestMagnitude(row, in_) / 127.0f;
      column_scales_.data()[column] = scale;
      column_sums_.data()[column] = PackColumnInt8(row, in_, kernels.depth, scale, width, target);
    }
  }
}

void PackedMatrix::Multiply(const float* a, int64_t m, const float* bias, Epilogue epilogue, float* c) const {
  if (precision_ != Precision::fp32) return MultiplyNarrow(a, m, bias, epilogue, c);
  if (UsesBlas()) return MultiplyWithBlas(a, m, values_.data(), out_, in_, bias, epilogue, c);
  BestKernels().gemm({.a = a,
                      .a_stride = in_,
                      .packed_b = values_.data(),
                      .bias = bias,
                      .c = c,
                      .c_stride = out_,
                      .m = m,
                      .n = out_,
                      .k = in_,
                      .epilogue = epilogue});
}

void PackedMatrix::MultiplyNarrow(const float* a, int64_t m, const float* bias, Epilogue epilogue,
                                  float* c) const {
  thread_local ConvertedRows rows;
  const PackedKernels& kernels = BestPackedKernels(precision_);
  const int64_t words = Ceiling(in_, kernels.depth);
  kernels.convert_rows(a, m, in_, rows.words.Reserve(m * words), rows.scales.Reserve(m),
                       rows.zeros.Reserve(m));
  kernels.gemm({.a = rows.words.data(),
                .a_stride = words,
                .row_scales = rows.scales.data(),
                .row_zeros = rows.zeros.data(),
                .packed_b = words_.data(),
                .column_scales = column_scales_.data(),
                .column_sums = column_sums_.data(),
                .bias = bias,
                .c = c,
                .c_stride = out_,
                .m = m,
                .n = out_,
                .words = words,
                .epilogue = epilogue});
}

}  // namespace voisin::encoder
