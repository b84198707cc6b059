#include "encoder/kernels.h"

#include "encoder/kernels_tables.h"

namespace voisin::encoder {

const Kernels& ScalarKernels() { return kScalarKernels; }

const Kernels* Avx2Kernels() {
  const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return supported ? &kAvx2Kernels : nullptr;
}

const Kernels* Avx512Kernels() {
  const bool supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return supported ? &kAvx512Kernels : nullptr;
}

const Kernels& BestKernels() {
  static const Kernels& best = *(Avx512Kernels() != nullptr ? Avx512Kernels()
                                 : Avx2Kernels() != nullptr ? Avx2Kernels()
                                                            : &kScalarKernels);
  return best;
}

}  // namespace voisin::encoder
