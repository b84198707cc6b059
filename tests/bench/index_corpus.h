#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace voisin::index {

// What searches are measured on: rows of unit length, queries that are not among them.
struct Corpus {
  uint32_t dimensions = 0;
  std::vector<float> points;
  std::vector<float> queries;
  std::vector<std::string> sections;  // of each point, where points have any

  uint32_t size() const { return static_cast<uint32_t>(points.size() / dimensions); }
  uint32_t query_count() const { return static_cast<uint32_t>(queries.size() / dimensions); }
  std::span<const float> point(uint32_t row) const {
    return {points.data() + size_t{row} * dimensions, dimensions};
  }
  std::span<const float> query(uint32_t row) const {
    return {queries.data() + size_t{row} * dimensions, dimensions};
  }
};

// Topics within topics, with most of the variation in a few directions, as sentence embeddings have.
Corpus MakeCorpus(uint32_t points, uint32_t dimensions, uint32_t queries);

// Rows of an .fvecs file (for each: its length as 32 bits, then so many floats), of which `queries` chosen by chance are
// taken out as queries; the n-th line of `sections` belongs to the n-th row. No points when a file cannot be read.
Corpus ReadCorpus(const std::string& fvecs, const std::string& sections, uint32_t queries);

// The floats alone, as they lie in memory.
void WriteFloats(const std::filesystem::path& file, std::span<const float> values);

}  // namespace voisin::index
