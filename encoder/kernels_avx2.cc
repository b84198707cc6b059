#include "encoder/kernels_registers_avx2.h"
#include "encoder/kernels_simd.h"
#include "encoder/kernels_tables.h"

namespace voisin::encoder {

constinit const Kernels kAvx2Kernels = MakeSimdKernels<Float8, 6, 2>("avx2");

}  // namespace voisin::encoder
