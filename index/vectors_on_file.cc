#include "index/vectors_on_file.h"

#include <utility>

#include "base/status_macros.h"

namespace voisin::index {

VectorsOnFile::VectorsOnFile(ReadOnlyFile file, uint64_t offset, size_t dimensions, HalfVectors halves)
    : file_(std::move(file)), offset_(offset), dimensions_(dimensions), halves_(std::move(halves)) {}

absl::Status VectorsOnFile::Read(std::span<const uint32_t> rows, float* out) const {
  const size_t bytes = dimensions_ * sizeof(float);
  for (const uint32_t row : rows) {
    RETURN_IF_ERROR(file_.Read(offset_ + row * bytes, std::as_writable_bytes(std::span(out, dimensions_))));
    out += dimensions_;
  }
  return absl::OkStatus();
}

}  // namespace voisin::index
