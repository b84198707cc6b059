#include "index/flat_segment.h"

#include <algorithm>

namespace voisin::index {

FlatSegment::Rows::Rows(uint32_t dimensions, uint32_t capacity)
    : ids(capacity),
      vectors(size_t{capacity} * dimensions),
      codes(capacity * CodeStride(dimensions)),
      terms(capacity) {}

void FlatSegment::Rows::ExpectMost() {
  vectors.ExpectMost();
  codes.ExpectMost();
}

FlatSegment::FlatSegment(Metric metric, uint32_t dimensions, uint32_t capacity)
    : metric_(metric),
      dimensions_(dimensions),
      capacity_(capacity),
      origin_(dimensions),
      tombstones_(capacity) {}

void FlatSegment::Append(PointId id, const float* vector) {
  const uint32_t row = count_.load(std::memory_order_relaxed);
  if (rows_ == nullptr) rows_ = std::make_unique<Rows>(dimensions_, capacity_);
  if (row == kManyRows) rows_->ExpectMost();
  const size_t stride = CodeStride(dimensions_);
  int8_t* const codes = rows_->codes.data() + row * stride;
  rows_->ids.data()[row] = id;
  std::copy_n(vector, dimensions_, rows_->vectors.data() + size_t{row} * dimensions_);
  rows_->terms.data()[row] = QuantizeRow(metric_, {vector, dimensions_}, codes);
  std::fill(codes + dimensions_, codes + stride, int8_t{0});
  const float length = LengthAtMost({vector, dimensions_});
  if (length > radius_.load(std::memory_order_relaxed)) radius_.store(length, std::memory_order_relaxed);
  places_[id] = row;
  count_.store(row + 1, std::memory_order_release);
}

bool FlatSegment::Remove(PointId id) {
  const auto found = places_.find(id);
  return found != places_.end() && tombstones_.Set(found->second);
}

bool FlatSegment::ContainsLive(PointId id) const {
  const auto found = places_.find(id);
  return found != places_.end() && !IsDead(found->second);
}

uint64_t FlatSegment::memory_bytes() const {
  const uint64_t row =
      sizeof(PointId) + dimensions_ * sizeof(float) + CodeStride(dimensions_) + sizeof(CodeTerms);
  return size() * row + capacity_ / 8;
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
  const size_t stride = CodeStride(dimensions_);
  const CodeQuery codes(metric_, Bounds(), query);  // the radius is read after the size
  uint32_t wanted[kBlockRows];
  float scores[kBlockRows];
  uint64_t compared = 0;
  for (uint32_t begin = 0; begin < rows; begin += kBlockRows) {
    const CodeTerms* const terms = rows_->terms.data() + begin;
    const uint32_t count = Collect(begin, std::min(rows, begin + kBlockRows), filter, wanted);
    codes.ScoreRows(rows_->codes.data() + begin * stride, terms, wanted, count, scores);
    for (uint32_t i = 0; i < count; ++i) {
      if (!best.Wants(codes.AtMost(scores[i], terms[wanted[i]]))) continue;
      const uint32_t row = begin + wanted[i];
      best.Offer({id(row), scorer.Score(query, vector(row))});
    }
    compared += count;
  }
  return compared;
}

}  // namespace voisin::index
