#include "index/flat_segment.h"

#include <algorithm>

namespace voisin::index {

FlatSegment::Chunk::Chunk(uint32_t dimensions)
    : ids(new PointId[kChunkRows]), vectors(new float[size_t{kChunkRows} * dimensions]) {}

FlatSegment::FlatSegment(uint32_t dimensions, uint32_t capacity)
    : dimensions_(dimensions),
      capacity_(capacity),
      chunks_(capacity / kChunkRows + 1),
      tombstones_(capacity) {}

void FlatSegment::Append(PointId id, const float* vector) {
  const uint32_t row = count_.load(std::memory_order_relaxed);
  std::unique_ptr<Chunk>& chunk = chunks_[row / kChunkRows];
  if (chunk == nullptr) chunk = std::make_unique<Chunk>(dimensions_);
  chunk->ids[row % kChunkRows] = id;
  std::copy_n(vector, dimensions_, chunk->vectors.get() + size_t{row % kChunkRows} * dimensions_);
  rows_[id] = row;
  count_.store(row + 1, std::memory_order_release);
}

bool FlatSegment::Remove(PointId id) {
  const auto found = rows_.find(id);
  return found != rows_.end() && tombstones_.Set(found->second);
}

bool FlatSegment::ContainsLive(PointId id) const {
  const auto found = rows_.find(id);
  return found != rows_.end() && !IsDead(found->second);
}

uint64_t FlatSegment::memory_bytes() const {
  const uint64_t chunks = (size() + kChunkRows - 1) / kChunkRows;
  return chunks * kChunkRows * (sizeof(PointId) + uint64_t{dimensions_} * sizeof(float)) + capacity_ / 8;
}

uint64_t FlatSegment::Scan(const Scorer& scorer, const float* query, const PointSet* filter,
                           TopK& best) const {
  return filter == nullptr ? ScanAll(scorer, query, best) : ScanFiltered(scorer, query, *filter, best);
}

uint64_t FlatSegment::ScanAll(const Scorer& scorer, const float* query, TopK& best) const {
  const uint32_t rows = size();
  for (uint32_t begin = 0; begin < rows; begin += kChunkRows) {
    ScanBlock(scorer, query, vector(begin), std::min(kChunkRows, rows - begin), best,
              [&](uint32_t row, float score) {
                if (!IsDead(begin + row)) best.Offer({id(begin + row), score});
              });
  }
  return rows;
}

uint64_t FlatSegment::ScanFiltered(const Scorer& scorer, const float* query, const PointSet& filter,
                                   TopK& best) const {
  const uint32_t rows = size();
  uint64_t scored = 0;
  uint32_t wanted[kChunkRows];
  for (uint32_t begin = 0; begin < rows; begin += kChunkRows) {
    uint32_t count = 0;
    for (uint32_t row = begin; row < std::min(rows, begin + kChunkRows); ++row) {
      if (!IsDead(row) && filter.Contains(id(row))) wanted[count++] = row - begin;
    }
    ScanRows(scorer, query, vector(begin), {wanted, count}, best, [&](size_t i, float score) {
      best.Offer({id(begin + wanted[i]), score});
    });
    scored += count;
  }
  return scored;
}

}  // namespace voisin::index
