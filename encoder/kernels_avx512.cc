#include "encoder/kernels_simd.h"
#include "encoder/kernels_tables.h"
#include "encoder/simd_avx512.h"

namespace voisin::encoder {

constinit const Kernels kAvx512Kernels = MakeSimdKernels<Float16, 6, 4>("avx512");

}  // namespace voisin::encoder
