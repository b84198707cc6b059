#include "index/lexical_buffer.h"

#include <algorithm>

namespace voisin::index {
namespace {

// Spreads what may be no good hash (Fibonacci hashing: Knuth, The Art of Computer Programming, 6.4).
size_t Spread(TermId term, size_t buckets) { return (term * 0x9e3779b97f4a7c15u >> 32) % buckets; }

}  // namespace

LexicalBuffer::LexicalBuffer(uint32_t capacity) : capacity_(capacity), tombstones_(capacity) {}

std::atomic<uint32_t>& LexicalBuffer::BucketOf(TermId term) const { return buckets_[Spread(term, kBuckets)]; }

uint32_t LexicalBuffer::FindTerm(TermId term) const {
  if (!has_terms_.load(std::memory_order_acquire)) return kNone;
  uint32_t at = BucketOf(term).load(std::memory_order_acquire);
  while (at != kNone && terms_[at].id != term) at = terms_[at].next;
  return at;
}

uint32_t LexicalBuffer::FindOrAddTerm(TermId term) {
  if (const uint32_t found = FindTerm(term); found != kNone) return found;
  if (buckets_ == nullptr) {
    buckets_.reset(new std::atomic<uint32_t>[kBuckets]);
    for (size_t i = 0; i < kBuckets; ++i) buckets_[i].store(kNone, std::memory_order_relaxed);
    has_terms_.store(true, std::memory_order_release);
  }
  const auto number = static_cast<uint32_t>(terms_.size());
  Term& added = terms_.Grow();
  added.id = term;
  added.next = BucketOf(term).load(std::memory_order_relaxed);
  added.newest.store(kNone, std::memory_order_relaxed);
  BucketOf(term).store(number, std::memory_order_release);
  return number;
}

void LexicalBuffer::Append(PointId id, std::span<const TermCount> terms) {
  const uint32_t number = count_.load(std::memory_order_relaxed);
  if (number > 0 && id <= rows_[number - 1].id) in_order_.store(false, std::memory_order_relaxed);
  Row& row = rows_.Grow();
  row.id = id;
  row.begin = static_cast<uint32_t>(postings_.size());
  for (const TermCount& counted : terms) {
    const uint32_t term_number = FindOrAddTerm(counted.term);
    Term& term = terms_[term_number];
    const auto at = static_cast<uint32_t>(postings_.size());
    postings_.Grow() = {number, term_number, counted.count, term.newest.load(std::memory_order_relaxed)};
    term.newest.store(at, std::memory_order_release);
    term.live.fetch_add(1, std::memory_order_relaxed);
    row.length += counted.count;
  }
  row.end = static_cast<uint32_t>(postings_.size());
  live_length_.fetch_add(row.length, std::memory_order_relaxed);
  terms_published_.store(terms_.size(), std::memory_order_relaxed);
  postings_published_.store(postings_.size(), std::memory_order_relaxed);
  count_.store(number + 1, std::memory_order_release);
}

bool LexicalBuffer::Remove(PointId id) {
  const std::optional<uint32_t> row = FindRow(id);
  if (!row || !tombstones_.Set(*row)) return false;
  ForEachTerm(*row,
              [&](uint32_t term, uint32_t) { terms_[term].live.fetch_sub(1, std::memory_order_relaxed); });
  live_length_.fetch_sub(length(*row), std::memory_order_relaxed);
  return true;
}

bool LexicalBuffer::ContainsLive(PointId id) const {
  const std::optional<uint32_t> row = FindRow(id);
  return row && !IsDead(*row);
}

// Out of order from the newest on: a row that was removed may have come again under its id.
std::optional<uint32_t> LexicalBuffer::FindRow(PointId id) const {
  const uint32_t rows = size();
  if (in_order_.load(std::memory_order_relaxed)) {
    uint32_t begin = 0;  // every row before it has a smaller id
    for (uint32_t end = rows; begin < end;) {
      const uint32_t middle = begin + (end - begin) / 2;
      rows_[middle].id < id ? begin = middle + 1 : end = middle;
    }
    if (begin == rows || rows_[begin].id != id) return std::nullopt;
    return begin;
  }
  for (uint32_t row = rows; row-- > 0;) {
    if (rows_[row].id == id) return row;
  }
  return std::nullopt;
}

uint64_t LexicalBuffer::memory_bytes() const {
  return size() * sizeof(Row) + postings() * sizeof(Posting) + terms() * sizeof(Term) + capacity_ / 8 +
         (has_terms_.load(std::memory_order_relaxed) ? kBuckets * sizeof(uint32_t) : 0);
}

}  // namespace voisin::index
