#include "encoder/packed_kernels.h"

#include "encoder/packed_kernels_tables.h"

namespace voisin::encoder {
namespace {

const PackedKernels& Choose(Precision precision) {
  if (const PackedKernels* kernels = Avx512PackedKernels(precision); kernels != nullptr) return *kernels;
  if (const PackedKernels* kernels = Avx2PackedKernels(precision); kernels != nullptr) return *kernels;
  return ScalarPackedKernels(precision);
}

}  // namespace

const PackedKernels& ScalarPackedKernels(Precision precision) {
  return precision == Precision::int8 ? kScalarInt8Kernels : kScalarBf16Kernels;
}

const PackedKernels* Avx2PackedKernels(Precision precision) {
  if (Avx2Kernels() == nullptr) return nullptr;
  return precision == Precision::int8 ? &kAvx2Int8Kernels : &kAvx2Bf16Kernels;
}

const PackedKernels* Avx512PackedKernels(Precision precision) {
  if (Avx512Kernels() == nullptr) return nullptr;
  if (precision == Precision::int8) {
    return __builtin_cpu_supports("avx512vnni") ? &kAvx512Int8Kernels : nullptr;
  }
  return __builtin_cpu_supports("avx512bf16") ? &kAvx512Bf16Kernels : nullptr;
}

const PackedKernels& BestPackedKernels(Precision precision) {
  static const PackedKernels& bf16 = Choose(Precision::bf16);
  static const PackedKernels& int8 = Choose(Precision::int8);
  return precision == Precision::int8 ? int8 : bf16;
}

}  // namespace voisin::encoder
