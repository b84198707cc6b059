#pragma once

#include "encoder/kernels.h"

namespace voisin::encoder {

// Constant data, each in the file compiled for its instructions; reading a table runs none of them.
extern const Kernels kScalarKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;

}  // namespace voisin::encoder
