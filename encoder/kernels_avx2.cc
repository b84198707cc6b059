#include "encoder/kernels_simd.h"
#include "encoder/kernels_tables.h"
#include "encoder/simd_avx2.h"

namespace voisin::encoder {

constinit const Kernels kAvx2Kernels = MakeSimdKernels<Float8, 6, 2>("avx2");

}  // namespace voisin::encoder
