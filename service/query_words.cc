#include "service/query_words.h"

#include <algorithm>

#include "service/text_terms.h"

namespace voisin::service {
namespace {

constexpr double kUnitsOfOne = 4294967296.0;

}  // namespace

QueryWords::QueryWords(std::string_view query, const encoder::SharedAnalyzer& analyzer,
                       const index::LexicalIndex& index)
    : analyzer_(analyzer) {
  for (const storage::TermCount& term : TermsOf(query, analyzer)) terms_.push_back(term.term);
  for (const float idf : index.InverseDocumentFrequencies(terms_)) {
    weights_.push_back(1 + static_cast<uint64_t>(double{idf} * kUnitsOfOne));
  }
}

std::vector<WordMatch> QueryWords::FindIn(std::string_view text) const {
  std::vector<WordMatch> matches;
  if (terms_.empty()) return matches;
  for (const encoder::AnalyzedWord& word : analyzer_.Analyze(text)) {
    const auto found = std::ranges::lower_bound(terms_, word.term);
    if (found == terms_.end() || *found != word.term) continue;
    matches.push_back({word.begin, word.end, static_cast<uint32_t>(found - terms_.begin())});
  }
  return matches;
}

}  // namespace voisin::service
