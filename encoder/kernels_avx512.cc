#include "encoder/kernels_registers_avx512.h"
#include "encoder/kernels_simd.h"
#include "encoder/kernels_tables.h"

namespace voisin::encoder {

constinit const Kernels kAvx512Kernels = MakeSimdKernels<Float16, 6, 4>("avx512");

}  // namespace voisin::encoder
