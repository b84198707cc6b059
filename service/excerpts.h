#pragma once

#include "encoder/tokenizer.h"
#include "encoder/word_analyzers.h"
#include "service/runtime.h"

namespace voisin::service {

// Whether a search shows parts of the hits' texts beside the hits.
inline bool WantsExcerpts(const SearchRequest& request) { return request.snippet || request.pack; }

// What parts of texts are made with; outlives the call.
struct ExcerptSources {
  const encoder::SharedAnalyzer& analyzer;  // of the collection
  const index::LexicalIndex& words;
  const encoder::Tokenizer* tokenizer =
      nullptr;  // of the collection's model, where the request asks for a pack
};

// Adds to a search's result what the checked request asks for; its hits have their texts. Counts the time as fetch.
// Errors: DeadlineExceeded, Cancelled, Internal.
absl::Status AddExcerpts(const SearchRequest& request, const CallContext& context,
                         const ExcerptSources& sources, SearchResult& result);

// InvalidArgument at "snippet..." or "pack...".
absl::Status CheckExcerpts(const SearchRequest& request, const std::string& collection, bool has_model);

}  // namespace voisin::service
