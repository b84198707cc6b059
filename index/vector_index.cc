#include "index/vector_index.h"

#include <cmath>
#include <limits>
#include <string>

#include "base/status_macros.h"
#include "index/quantizer.h"
#include "index/segmented_index.h"

namespace voisin::index {
namespace {

// Squares, sums and differences of two vectors of this squared length still fit a float.
constexpr double kMaxSquaredLength = std::numeric_limits<float>::max() / 8.0;

absl::Status CheckRange(const char* name, uint64_t value, uint64_t least, uint64_t most) {
  if (least <= value && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(name) + ": expected " + std::to_string(least) + ".." +
                                    std::to_string(most) + ", found " + std::to_string(value));
}

absl::Status CheckFinite(std::span<const float> vector) {
  for (size_t i = 0; i < vector.size(); ++i) {
    if (!std::isfinite(vector[i])) {
      return absl::InvalidArgumentError("vector: expected finite numbers, found " +
                                        std::to_string(vector[i]) + " at position " + std::to_string(i));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const VectorIndex::Options& options, const ThreadPool* background) {
  RETURN_IF_ERROR(CheckDimensions(options.dimensions));
  RETURN_IF_ERROR(CheckParams(options.params));
  RETURN_IF_ERROR(CheckRange("seal_points", options.seal_points, 1, 100'000'000));
  if (!(options.max_dead_ratio > 0 && options.max_dead_ratio <= 1)) {
    return absl::InvalidArgumentError("max_dead_ratio: expected more than 0 and at most 1, found " +
                                      std::to_string(options.max_dead_ratio));
  }
  if (background == nullptr) return absl::InvalidArgumentError("an index needs a background pool");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckVector(std::span<const float> vector, uint32_t dimensions, Metric metric) {
  if (vector.size() != dimensions) {
    return absl::InvalidArgumentError("vector: expected " + std::to_string(dimensions) + " numbers, found " +
                                      std::to_string(vector.size()));
  }
  double squared_length = 0;
  for (float x : vector) squared_length += double{x} * x;
  if (!std::isfinite(squared_length)) return CheckFinite(vector);
  if (squared_length > kMaxSquaredLength) {
    return absl::InvalidArgumentError("vector: expected a squared length of at most " +
                                      std::to_string(kMaxSquaredLength) + ", found " +
                                      std::to_string(squared_length));
  }
  if (metric == Metric::cosine && squared_length == 0) {
    return absl::InvalidArgumentError("vector: expected a direction under cosine, found all zeros");
  }
  return absl::OkStatus();
}

absl::Status CheckDimensions(uint32_t dimensions) {
  return CheckRange("dimensions", dimensions, 1, kMaxDimensions);
}

absl::Status CheckParams(const IndexParams& params) {
  RETURN_IF_ERROR(CheckRange("m", params.m, 4, 128));
  RETURN_IF_ERROR(CheckRange("ef_construction", params.ef_construction, params.m, 2000));
  return CheckRange("ef_search", params.ef_search, 1, 10000);
}

// As GraphSegment::memory_bytes counts; a node is on level l or above with probability m^-l.
uint64_t BytesPerVector(uint32_t dimensions, const IndexParams& params, VectorStorage storage) {
  const uint64_t upper_links = (params.m * sizeof(uint32_t) + params.m - 2) / (params.m - 1);
  const uint64_t links =
      uint64_t{2} * params.m * sizeof(uint32_t) + upper_links + sizeof(uint8_t) + sizeof(uint64_t);
  const uint64_t point = sizeof(PointId) + 2 * sizeof(uint32_t) + sizeof(uint32_t);
  const uint64_t codes = CodeStride(dimensions) + sizeof(CodeTerms);
  const uint64_t floats = storage == VectorStorage::float32   ? dimensions * sizeof(float)
                          : storage == VectorStorage::float16 ? dimensions * sizeof(uint16_t)
                                                              : 0;
  return links + point + codes + floats;
}

absl::StatusOr<VectorIndex::Opened> VectorIndex::Open(Options options, ThreadPool* background) {
  RETURN_IF_ERROR(CheckOptions(options, background));
  return SegmentedIndex::Open(std::move(options), background);
}

}  // namespace voisin::index
