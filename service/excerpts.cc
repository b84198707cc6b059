#include "service/excerpts.h"

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"
#include "service/pack.h"
#include "service/snippet.h"

namespace voisin::service {
namespace {

QueryWords WordsOf(const SearchRequest& request, const ExcerptSources& sources) {
  if (!request.text) return QueryWords(sources.analyzer);
  return {*request.text, sources.analyzer, sources.words};
}

absl::Status AddSnippets(uint32_t max_bytes, const QueryWords& words, const TextBreaks& breaks,
                         const CallContext& context, std::vector<Hit>& hits) {
  for (Hit& hit : hits) {
    RETURN_IF_ERROR(CheckWanted(context));
    hit.snippet = MakeSnippet(hit.document.text, words, max_bytes, breaks);
  }
  return absl::OkStatus();
}

Packer::CountTokens CounterOf(const encoder::Tokenizer& tokenizer) {
  return [&tokenizer](std::string_view text) -> absl::StatusOr<uint32_t> {
    ASSIGN_OR_RETURN(const encoder::Encoding encoding, tokenizer.Encode(text, false));
    return static_cast<uint32_t>(encoding.input_ids.size());
  };
}

}  // namespace

absl::Status AddExcerpts(const SearchRequest& request, const CallContext& context,
                         const ExcerptSources& sources, SearchResult& result) {
  const absl::Time start = absl::Now();
  const QueryWords words = WordsOf(request, sources);
  ASSIGN_OR_RETURN(const TextBreaks breaks, TextBreaks::Create());
  if (request.snippet) {
    RETURN_IF_ERROR(AddSnippets(SnippetBytes(*request.snippet), words, breaks, context, result.hits));
  }
  if (request.pack) {
    Packer packer(*request.pack, words, breaks, CounterOf(*sources.tokenizer));
    ASSIGN_OR_RETURN(result.packed, packer.Pack(result.hits, [&context] { return CheckWanted(context); }));
  }
  result.stages.fetch += MicrosSince(start);
  return absl::OkStatus();
}

absl::Status CheckExcerpts(const SearchRequest& request, const std::string& collection, bool has_model) {
  if (request.snippet) RETURN_IF_ERROR(CheckSnippet(*request.snippet));
  if (!request.pack) return absl::OkStatus();
  if (!has_model) {
    return InvalidField("pack", "expected none, since collection \"" + collection +
                                    "\" has no model whose tokens a budget could count, got one");
  }
  return CheckPack(*request.pack);
}

}  // namespace voisin::service
