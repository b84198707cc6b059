#include "index/kernels_int8.h"

namespace voisin::index {
namespace {

bool HasAvx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2");
#else
  return false;
#endif
}

bool HasVnni() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

const CodeKernels& ChooseKernels() {
  if (const CodeKernels* kernels = VnniCodeKernels()) return *kernels;
  if (const CodeKernels* kernels = Avx2CodeKernels()) return *kernels;
  return *ScalarCodeKernels();
}

}  // namespace

const CodeKernels* Avx2CodeKernels() { return HasAvx2() ? CompiledAvx2CodeKernels() : nullptr; }

const CodeKernels* VnniCodeKernels() { return HasVnni() ? CompiledVnniCodeKernels() : nullptr; }

const CodeKernels& BestCodeKernels() {
  static const CodeKernels& best = ChooseKernels();
  return best;
}

}  // namespace voisin::index
