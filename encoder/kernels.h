#pragma once

#include <cstdint>

namespace voisin::encoder {

// What a product does with a sum: c = s; c += s; c = function(s).
enum class Epilogue { store, accumulate, relu, gelu, gelu_tanh, tanh, silu };

// One product c[m x n] = epilogue(a[m x k] b + bias). `b` is packed: ceil(n / panel_width) panels, each k
// rows of panel_width floats, missing columns zero, 64-byte aligned. Every element of c is summed over k in
// order in one accumulator, so a row of c is the same, bit for bit, whatever m is.
struct GemmArguments {
  const float* a = nullptr;
  int64_t a_stride = 0;  // floats between rows
  const float* packed_b = nullptr;
  const float* bias = nullptr;  // n floats, or null
  float* c = nullptr;
  int64_t c_stride = 0;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  Epilogue epilogue = Epilogue::store;
};

// The loops over floats, one table per instruction set. All pointers may be unaligned unless said; matrices
// are row-major and dense. Stateless: safe from any thread.
struct Kernels {
  const char* name;     // "scalar", "avx2", "avx512"
  int64_t panel_width;  // columns of one packed panel

  void (*gemm)(const GemmArguments& arguments);

  // y = (x - mean) / sqrt(variance + epsilon) * gamma + beta per row (biased variance); y may be x.
  void (*layer_norm)(const float* x, int64_t rows, int64_t width, const float* gamma, const float* beta,
                     float epsilon, float* y);
  // Each row of `width` floats, `stride` apart, becomes softmax(scale * row).
  void (*softmax)(float* x, int64_t rows, int64_t width, int64_t stride, float scale);

  // In place, absolute error below 5e-7 * max(1, |x|).
  void (*relu)(float* x, int64_t size);
  void (*gelu)(float* x, int64_t size);       // 0.5 x (1 + erf(x / sqrt 2)); Hendrycks and Gimpel, 2016
  void (*gelu_tanh)(float* x, int64_t size);  // its tanh approximation, same paper
  void (*tanh)(float* x, int64_t size);
  void (*silu)(float* x, int64_t size);  // x / (1 + exp(-x)); Elfwing, Uchibe and Doya, 2018

  void (*add)(float* x, const float* y, int64_t size);  // x += y
  void (*scale)(float* x, float factor, int64_t size);  // x *= factor
  void (*sum_rows)(const float* x, int64_t rows, int64_t width, float* sum);
  void (*max_rows)(const float* x, int64_t rows, int64_t width, float* maximum);  // rows >= 1
  // x /= sqrt(max(x . x, 1e-12)).
  void (*l2_normalize)(float* x, int64_t size);
};

const Kernels& ScalarKernels();
// Null when this CPU lacks the instructions.
const Kernels* Avx2Kernels();
const Kernels* Avx512Kernels();
// The fastest of them on this CPU.
const Kernels& BestKernels();

}  // namespace voisin::encoder
