#pragma once

#include <span>

#include "absl/status/status.h"
#include "base/read_only_file.h"
#include "index/half_vectors.h"

namespace voisin::index {

// The vectors of a segment where they lie, row by row, in its file. Any thread.
class VectorsOnFile {
 public:
  // Row 0 is at `offset`. `halves` may be empty.
  VectorsOnFile(ReadOnlyFile file, uint64_t offset, size_t dimensions, HalfVectors halves);

  // The rows one after the other. An error names the file.
  absl::Status Read(std::span<const uint32_t> rows, float* out) const;
  const HalfVectors& halves() const { return halves_; }
  uint64_t memory_bytes() const { return halves_.memory_bytes(); }

 private:
  const ReadOnlyFile file_;
  const uint64_t offset_;
  const size_t dimensions_;
  const HalfVectors halves_;
};

}  // namespace voisin::index
