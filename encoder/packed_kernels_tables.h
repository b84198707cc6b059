#pragma once

#include "encoder/packed_kernels.h"

namespace voisin::encoder {

// Constant data, each in the file compiled for its instructions; reading a table runs none of them.
extern const PackedKernels kScalarBf16Kernels;
extern const PackedKernels kScalarInt8Kernels;
extern const PackedKernels kAvx2Bf16Kernels;
extern const PackedKernels kAvx2Int8Kernels;
extern const PackedKernels kAvx512Bf16Kernels;
extern const PackedKernels kAvx512Int8Kernels;

}  // namespace voisin::encoder
