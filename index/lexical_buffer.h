#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "index/append_only.h"
#include "index/bm25.h"
#include "index/tombstones.h"

namespace voisin::index {

// The lexical segment that grows: documents one after another, the postings of a term a chain through them, newest
// first (as in Busch and others 2012, Earlybird: Real-time search at Twitter). One writer at a time appends and
// removes; any number of readers sees whole documents only, without locks, because a document is published by the
// count after it. Sealed, it waits in the list, still searched, until an immutable segment takes its place.
class LexicalBuffer {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit LexicalBuffer(uint32_t capacity);

  // Writer only. `terms` are checked (CheckTermCounts).
  bool full() const { return size() == capacity_ || postings() >= kMostPostings; }
  void Append(PointId id, std::span<const TermCount> terms);  // not full
  bool Remove(PointId id);                                    // true when it was live
  bool ContainsLive(PointId id) const;

  // Readers. Rows below size() never change but for their tombstone.
  uint32_t size() const { return count_.load(std::memory_order_acquire); }
  uint32_t dead() const { return tombstones_.count(); }
  bool IsDead(uint32_t row) const { return tombstones_.Test(row); }
  PointId id(uint32_t row) const { return rows_[row].id; }
  uint32_t length(uint32_t row) const { return rows_[row].length; }
  uint64_t live_length() const { return live_length_.load(std::memory_order_relaxed); }
  uint64_t terms() const { return terms_published_.load(std::memory_order_relaxed); }
  uint64_t postings() const { return postings_published_.load(std::memory_order_relaxed); }
  uint64_t memory_bytes() const;

  // The number of a term here, or kNone.
  uint32_t FindTerm(TermId term) const;
  uint64_t live_points(uint32_t term) const { return terms_[term].live.load(std::memory_order_relaxed); }
  std::optional<uint32_t> FindRow(PointId id) const;  // the newest with this id, live or dead

  // Calls use(row, count) for each of the first `rows` rows that has the term, in falling order.
  template <typename Use>
  void ForEachRow(uint32_t term, uint32_t rows, Use use) const {
    for (uint32_t at = terms_[term].newest.load(std::memory_order_acquire); at != kNone;
         at = postings_[at].previous) {
      if (postings_[at].row < rows) use(postings_[at].row, postings_[at].count);
    }
  }
  // Calls use(term number, count) for each term of a row, in no order.
  template <typename Use>
  void ForEachTerm(uint32_t row, Use use) const {
    for (uint32_t at = rows_[row].begin; at < rows_[row].end; ++at)
      use(postings_[at].term, postings_[at].count);
  }
  TermId term_id(uint32_t term) const { return terms_[term].id; }

 private:
  struct Row {
    PointId id;
    uint32_t length;
    uint32_t begin, end;  // its postings
  };
  struct Posting {
    uint32_t row;
    uint32_t term;
    uint32_t count;
    uint32_t previous;  // posting of the same term, or kNone
  };
  struct Term {
    TermId id;
    uint32_t next;  // in the same bucket, or kNone
    std::atomic<uint32_t> newest;
    std::atomic<uint32_t> live;  // points
  };
  static constexpr size_t kBuckets = 4096;
  static constexpr uint64_t kMostPostings = 1u << 28;  // before the last document

  std::atomic<uint32_t>& BucketOf(TermId term) const;
  uint32_t FindOrAddTerm(TermId term);

  const uint32_t capacity_;
  std::unique_ptr<std::atomic<uint32_t>[]>
      buckets_;  // made with the first term; heads of chains through terms_
  std::atomic<bool> has_terms_{false};
  AppendOnly<Row> rows_;
  AppendOnly<Posting> postings_;
  AppendOnly<Term> terms_;
  std::atomic<uint32_t> count_{0};
  std::atomic<bool> in_order_{true};  // every id is greater than the one before
  std::atomic<uint64_t> live_length_{0};
  std::atomic<uint64_t> terms_published_{0};
  std::atomic<uint64_t> postings_published_{0};
  Tombstones tombstones_;
};

}  // namespace voisin::index
