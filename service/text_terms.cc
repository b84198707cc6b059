#include "service/text_terms.h"

#include <algorithm>

namespace voisin::service {
namespace {

static_assert(index::kMaxTermCount > (1 << 20), "longer than any text, in words");

}  // namespace

std::vector<storage::TermCount> TermsOf(std::string_view text, const encoder::SharedAnalyzer& analyzer) {
  std::vector<uint64_t> words;
  for (const encoder::AnalyzedWord& word : analyzer.Analyze(text)) words.push_back(word.term);
  std::ranges::sort(words);
  std::vector<storage::TermCount> terms;
  for (const uint64_t word : words) {
    if (terms.empty() || terms.back().term != word) terms.push_back({word, 0});
    ++terms.back().count;
  }
  return terms;
}

std::vector<index::QueryTerm> QueryTermsOf(std::string_view text, const encoder::SharedAnalyzer& analyzer) {
  std::vector<index::QueryTerm> terms;
  for (const storage::TermCount& term : TermsOf(text, analyzer)) {
    terms.push_back({term.term, static_cast<float>(term.count)});
  }
  return terms;
}

std::vector<index::TermCount> ToIndex(std::span<const storage::TermCount> terms) {
  std::vector<index::TermCount> made;
  made.reserve(terms.size());
  for (const storage::TermCount& term : terms) made.push_back({term.term, term.count});
  return made;
}

}  // namespace voisin::service
