#include "index/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace voisin::index {
namespace {

#if defined(__x86_64__)
bool HasF16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

bool HasAvx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16c();
#else
  return false;
#endif
}

bool HasAvx512() {
#if defined(__x86_64__)
  return HasAvx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

const Kernels& ChooseKernels() {
  if (const Kernels* kernels = Avx512Kernels()) return *kernels;
  if (const Kernels* kernels = Avx2Kernels()) return *kernels;
  return *ScalarKernels();
}

}  // namespace

const Kernels* Avx2Kernels() { return HasAvx2() ? CompiledAvx2Kernels() : nullptr; }

const Kernels* Avx512Kernels() { return HasAvx512() ? CompiledAvx512Kernels() : nullptr; }

const Kernels& BestKernels() {
  static const Kernels& best = ChooseKernels();
  return best;
}

}  // namespace voisin::index
