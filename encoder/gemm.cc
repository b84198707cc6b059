#include "encoder/gemm.h"

#include <cblas.h>

#include <algorithm>
#include <mutex>

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
  if (epilogue == Epilogue::relu) ScalarKernels().relu(c, m * n);
}

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

PackedMatrix PackedMatrix::Pack(const float* weight, int64_t out, int64_t in) {
  PackedMatrix matrix;
  matrix.out_ = out;
  matrix.in_ = in;
  if (UsesBlas()) {
    std::copy_n(weight, out * in, matrix.values_.Reserve(out * in));
  } else {
    const Kernels& kernels = BestKernels();
    PackTransposed(kernels, weight, out, in, in, matrix.values_.Reserve(PackedSize(kernels, out, in)));
  }
  return matrix;
}

void PackedMatrix::Multiply(const float* a, int64_t m, const float* bias, Epilogue epilogue, float* c) const {
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

}  // namespace voisin::encoder
