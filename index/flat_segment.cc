#include "index/flat_segment.h"

#include <algorithm>

namespace voisin::index {

FlatSegment::Chunk::Chunk(uint32_t dimensions)
    : ids(new PointId[kChunkRows]),
      vectors(new float[size_t{kChunkRows} * dimensions]),
      codes(kChunkRows * CodeStride(dimensions)),
      terms(new CodeTerms[kChunkRows]) {}

FlatSegment::FlatSegment(Metric metric, uint32_t dimensions, uint32_t capacity)
    : metric_(metric),
      dimensions_(dimensions),
      capacity_(capacity),
      chunks_(capacity / kChunkRows + 1),
      origin_(dimensions),
      tombstones_(capacity) {}

void FlatSegment::Append(PointId id, const float* vector) {
  const uint32_t row = count_.load(std::memory_order_relaxed);
  std::unique_ptr<Chunk>& chunk = chunks_[row / kChunkRows];
  if (chunk == nullptr) chunk = std::make_unique<Chunk>(dimensions_);
  const uint32_t place = row % kChunkRows;
  chunk->ids[place] = id;
  std::copy_n(vector, dimensions_, chunk->vectors.get() + size_t{place} * dimensions_);
  chunk->terms[place] =
      QuantizeRow(metric_, {vector, dimensions_}, chunk->codes.data() + place * CodeStride(dimensions_));
  const float length = LengthAtMost({vector, dimensions_});
  if (length > radius_.load(std::memory_order_relaxed)) radius_.store(length, std::memory_order_relaxed);
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
  const uint64_t row =
      sizeof(PointId) + dimensions_ * sizeof(float) + CodeStride(dimensions_) + sizeof(CodeTerms);
  return chunks * kChunkRows * row + capacity_ / 8;
}

CodesView FlatSegment::Bounds() const {
  return {.centre = origin_, .radius = radius_.load(std::memory_order_relaxed)};
}

uint32_t FlatSegment::Collect(uint32_t begin, uint32_t end, const PointSet* filter, uint32_t* wanted) const {
  uint32_t count = 0;
  for (uint32_t row = begin; row < end; ++row) {
    if (!IsDead(row) && (filter == nullptr || filter->Contains(id(row)))) wanted[count++] = row - begin;
  }
  return count;
}

uint64_t FlatSegment::Scan(const Scorer& scorer, const float* query, const PointSet* filter,
                           TopK& best) const {
  const uint32_t rows = size();
  const CodeQuery codes(metric_, Bounds(), query);  // the radius is read after the size
  uint32_t wanted[kChunkRows];
  float scores[kChunkRows];
  uint64_t compared = 0;
  for (uint32_t begin = 0; begin < rows; begin += kChunkRows) {
    const Chunk& chunk = *chunks_[begin / kChunkRows];
    const uint32_t count = Collect(begin, std::min(rows, begin + kChunkRows), filter, wanted);
    codes.ScoreRows(chunk.codes.data(), chunk.terms.get(), wanted, count, scores);
    for (uint32_t i = 0; i < count; ++i) {
      if (!best.Wants(codes.AtMost(scores[i], chunk.terms[wanted[i]]))) continue;
      const uint32_t row = begin + wanted[i];
      best.Offer({id(row), scorer.Score(query, vector(row))});
    }
    compared += count;
  }
  return compared;
}

}  // namespace voisin::index
