#pragma once

#include <atomic>
#include <memory>
#include <unordered_map>

#include "index/point_set.h"
#include "index/quantizer.h"
#include "index/scorer.h"
#include "index/tombstones.h"
#include "index/top_k.h"

namespace voisin::index {

// The segment that grows: an append-only list of points, scanned exactly: all are compared by their codes, and by their
// vectors those that may still be among the best. One writer at a time appends and removes; any number of readers sees
// whole points only, without locks, because a row is published by the count after it. Sealed, it waits in the list, still
// scanned, until a graph takes its place.
class FlatSegment {
 public:
  FlatSegment(Metric metric, uint32_t dimensions, uint32_t capacity);

  // Writer only.
  bool full() const { return size() == capacity_; }
  void Append(PointId id, const float* vector);  // not full
  bool Remove(PointId id);                       // true when it was live
  bool ContainsLive(PointId id) const;

  // Readers. Rows below size() never change but for their tombstone.
  uint32_t size() const { return count_.load(std::memory_order_acquire); }
  uint32_t dead() const { return tombstones_.count(); }
  bool IsDead(uint32_t row) const { return tombstones_.Test(row); }
  PointId id(uint32_t row) const { return rows_->ids.data()[row]; }
  const float* vector(uint32_t row) const { return rows_->vectors.data() + size_t{row} * dimensions_; }
  uint64_t memory_bytes() const;

  // Offers every live point that the filter (null: none) lets through. Returns how many vectors were
  // compared.
  uint64_t Scan(const Scorer& scorer, const float* query, const PointSet* filter, TopK& best) const;

 private:
  static constexpr uint32_t kBlockRows = 256;  // compared at once
  static constexpr uint32_t kManyRows = 256;   // from here on memory comes in large parts
  struct Rows {
    Rows(uint32_t dimensions, uint32_t capacity);
    void ExpectMost();
    LazyArray<PointId> ids;
    LazyArray<float> vectors;
    LazyArray<int8_t> codes;  // about the origin
    LazyArray<CodeTerms> terms;
  };

  CodesView Bounds() const;
  // The rows of a block that may be answers, from `begin` on; `end` is one past its last row.
  uint32_t Collect(uint32_t begin, uint32_t end, const PointSet* filter, uint32_t* wanted) const;

  const Metric metric_;
  const uint32_t dimensions_;
  const uint32_t capacity_;
  std::unique_ptr<Rows> rows_;  // null while it is empty; filled by the writer ahead of count_
  std::atomic<uint32_t> count_{0};
  const std::vector<float> origin_;
  std::atomic<float> radius_{0};  // at least the length of every vector below count_
  Tombstones tombstones_;
  std::unordered_map<PointId, uint32_t> places_;  // the writer's: newest row of an id
};

}  // namespace voisin::index
