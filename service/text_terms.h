#pragma once

#include <string_view>
#include <vector>

#include "encoder/word_analyzers.h"
#include "index/lexical_index.h"
#include "storage/document.h"

// Words of texts, as the store keeps them and the index takes them.
namespace voisin::service {

// Each word once, ascending. A text of more than kMaxTermCount words counts so many of them.
std::vector<storage::TermCount> TermsOf(std::string_view text, const encoder::SharedAnalyzer& analyzer);
// Each word once, with the number of times that it stands there as its weight.
std::vector<index::QueryTerm> QueryTermsOf(std::string_view text, const encoder::SharedAnalyzer& analyzer);
std::vector<index::TermCount> ToIndex(std::span<const storage::TermCount> terms);

}  // namespace voisin::service
