#pragma once

#include "encoder/kernels.h"

namespace voisin::encoder {

// Constant data, each in the file compiled for its instructions; reading a table runs none of them.
extern const Kernels kScalarKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;

// The end of a portable product: `columns` sums of one row into c.
void FinishScalarRow(const float* sums, int64_t columns, Epilogue epilogue, float* c);

}  // namespace voisin::encoder
