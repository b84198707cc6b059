#include "index/lexical_search.h"

#include <algorithm>
#include <array>

namespace voisin::index {
namespace {

// Distinct, ascending by term.
std::vector<CountedTerm> Distinct(std::span<const QueryTerm> terms) {
  std::vector<CountedTerm> distinct;
  for (const QueryTerm& term : terms) distinct.push_back({term, 0});
  std::ranges::stable_sort(distinct, {}, [](const CountedTerm& counted) { return counted.term.term; });
  size_t kept = 0;
  for (const CountedTerm& counted : distinct) {
    if (kept > 0 && distinct[kept - 1].term.term == counted.term.term) {
      distinct[kept - 1].term.weight += counted.term.weight;
    } else {
      distinct[kept++] = counted;
    }
  }
  distinct.resize(kept);
  return distinct;
}

uint64_t LivePoints(const LexicalSegmentList& list, TermId term) {
  uint64_t points = 0;
  for (const auto& segment : list.sealed) {
    if (const auto number = segment->FindTerm(term)) points += segment->live_points(*number);
  }
  for (const auto& buffer : list.buffers) {
    const uint32_t number = buffer->FindTerm(term);
    if (number != LexicalBuffer::kNone) points += buffer->live_points(number);
  }
  return points;
}

std::vector<CountedTerm> Count(const LexicalSegmentList& list, std::span<const QueryTerm> terms) {
  std::vector<CountedTerm> counted = Distinct(terms);
  for (CountedTerm& term : counted) term.points = LivePoints(list, term.term.term);
  std::erase_if(counted, [](const CountedTerm& term) { return term.points == 0; });
  return counted;
}

LexicalTotals Totals(const LexicalSegmentList& list) {
  LexicalTotals totals;
  const auto add = [&](uint64_t points, uint64_t dead, uint64_t length) {
    totals.points += points - dead;
    totals.length += length;
  };
  for (const auto& segment : list.sealed) add(segment->points(), segment->dead(), segment->live_length());
  for (const auto& buffer : list.buffers) {
    const uint32_t dead = buffer->dead();  // before the size: never more dead than points
    add(buffer->size(), dead, buffer->live_length());
  }
  return totals;
}

std::vector<TermId> TermsOf(std::span<const CountedTerm> counted) {
  std::vector<TermId> terms;
  for (const CountedTerm& term : counted) terms.push_back(term.term.term);
  return terms;
}

Units SumOfRow(const LexicalBuffer& buffer, uint32_t row, std::span<const TermId> terms, const Bm25& bm25) {
  Units sum = 0;
  buffer.ForEachTerm(row, [&](uint32_t number, uint32_t count) {
    const auto found = std::ranges::lower_bound(terms, buffer.term_id(number));
    if (found == terms.end() || *found != buffer.term_id(number)) return;
    sum += bm25.Contribution(static_cast<size_t>(found - terms.begin()), count, buffer.length(row));
  });
  return sum;
}

// Follows the chains of the query's terms through a buffer.
uint64_t SearchBuffer(const LexicalBuffer& buffer, std::span<const TermId> terms, const Bm25& bm25,
                      const PointSet* filter, TopK& best) {
  const uint32_t rows = buffer.size();
  std::vector<Units> sums(rows);
  uint64_t scored = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    const uint32_t number = buffer.FindTerm(terms[i]);
    if (number == LexicalBuffer::kNone) continue;
    buffer.ForEachRow(number, rows, [&](uint32_t row, uint32_t count) {
      sums[row] += bm25.Contribution(i, count, buffer.length(row));
      ++scored;
    });
  }
  for (uint32_t row = 0; row < rows; ++row) {
    if (sums[row] == 0 || !best.Wants(bm25.Score(sums[row])) || buffer.IsDead(row)) continue;
    if (filter != nullptr && !filter->Contains(buffer.id(row))) continue;
    best.Offer({buffer.id(row), bm25.Score(sums[row])});
  }
  return scored;
}

}  // namespace

std::vector<float> InverseDocumentFrequencies(const LexicalSegmentList& list, std::span<const TermId> terms) {
  const LexicalTotals totals = Totals(list);
  std::vector<float> frequencies;
  for (const TermId term : terms) {
    frequencies.push_back(
        static_cast<float>(InverseDocumentFrequency(totals.points, LivePoints(list, term))));
  }
  return frequencies;
}

LexicalSearch::LexicalSearch(const LexicalSegmentList& list, const LexicalParams& params,
                             std::span<const QueryTerm> terms)
    : list_(list), bm25_(params, {}, {}) {
  const std::vector<CountedTerm> counted = Count(list, terms);
  terms_ = TermsOf(counted);
  bm25_ = Bm25(params, Totals(list), counted);
}

LexicalResult LexicalSearch::Best(const LexicalQuery& query) const {
  LexicalResult result;
  if (terms_.empty()) return result;
  TopK best(query.top_k, query.min_score);
  for (const auto& segment : list_.sealed) {
    result.scored += SearchSegment(*segment, terms_, bm25_, query.filter, best);
  }
  for (const auto& buffer : list_.buffers) {
    result.scored += SearchBuffer(*buffer, terms_, bm25_, query.filter, best);
  }
  result.neighbors = best.Take();
  return result;
}

float LexicalSearch::ScoreOf(PointId point, const SegmentTerms& numbers) const {
  for (size_t i = 0; i < list_.sealed.size(); ++i) {
    const LexicalSegment& segment = *list_.sealed[i];
    const std::optional<uint32_t> slot = segment.FindSlot(point);
    if (slot && !segment.IsDead(*slot)) return bm25_.Score(SumOfSlot(segment, *slot, numbers[i], bm25_));
  }
  for (const auto& buffer : list_.buffers) {
    const std::optional<uint32_t> row = buffer->FindRow(point);
    if (row && !buffer->IsDead(*row)) return bm25_.Score(SumOfRow(*buffer, *row, terms_, bm25_));
  }
  return 0;
}

std::vector<float> LexicalSearch::Scores(std::span<const PointId> points) const {
  SegmentTerms numbers;
  for (const auto& segment : list_.sealed) numbers.push_back(TermNumbers(*segment, terms_));
  std::vector<float> scores;
  for (PointId point : points) scores.push_back(ScoreOf(point, numbers));
  return scores;
}

}  // namespace voisin::index
