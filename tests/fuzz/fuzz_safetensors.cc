#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "encoder/safetensors_header.h"

// Whatever the bytes, the tensors of an accepted file lie inside it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  const auto tensors = voisin::encoder::ParseSafetensors(file);
  if (!tensors.ok()) return 0;
  for (const auto& [name, tensor] : *tensors) {
    const std::byte* begin = tensor.bytes.data();
    if (begin < file.data() || begin + tensor.bytes.size() > file.data() + size) std::abort();
  }
  return 0;
}
