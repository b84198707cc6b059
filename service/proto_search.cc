#include "service/proto_search.h"

#include "base/status_macros.h"
#include "service/proto_common.h"
#include "service/proto_document.h"
#include "service/proto_value.h"

namespace voisin::service {
namespace {

v1::SearchPath ToProto(std::optional<index::SearchPath> path) {
  if (!path) return v1::SEARCH_PATH_LEXICAL;
  switch (*path) {
    case index::SearchPath::exact:
      return v1::SEARCH_PATH_EXACT;
    case index::SearchPath::ann:
      return v1::SEARCH_PATH_ANN;
    case index::SearchPath::filtered_exact:
      return v1::SEARCH_PATH_FILTERED_EXACT;
    case index::SearchPath::filtered_ann:
      return v1::SEARCH_PATH_FILTERED_ANN;
  }
  return v1::SEARCH_PATH_UNSPECIFIED;
}

absl::StatusOr<SearchMode> ModeFrom(v1::SearchMode mode) {
  switch (static_cast<int>(mode)) {
    case v1::SEARCH_MODE_UNSPECIFIED:
      return SearchMode::unspecified;
    case v1::SEARCH_MODE_DENSE:
      return SearchMode::dense;
    case v1::SEARCH_MODE_LEXICAL:
      return SearchMode::lexical;
    case v1::SEARCH_MODE_HYBRID:
      return SearchMode::hybrid;
  }
  return UnknownEnum("mode", v1::SearchMode_MAX, mode);
}

absl::StatusOr<Fusion::Kind> KindFrom(v1::Fusion::Kind kind) {
  switch (static_cast<int>(kind)) {
    case v1::Fusion::KIND_UNSPECIFIED:
    case v1::Fusion::KIND_WEIGHTED:
      return Fusion::Kind::weighted;
    case v1::Fusion::KIND_RRF:
      return Fusion::Kind::rrf;
  }
  return UnknownEnum("fusion.kind", v1::Fusion::Kind_MAX, kind);
}

absl::StatusOr<Fusion> FusionFrom(const v1::Fusion& fusion) {
  Fusion made;
  ASSIGN_OR_RETURN(made.kind, KindFrom(fusion.kind()));
  if (fusion.has_dense_weight()) made.dense_weight = fusion.dense_weight();
  made.rrf_k = fusion.rrf_k();
  made.candidates = fusion.candidates();
  return made;
}

void TakeQuery(v1::SearchRequest& from, SearchRequest& to) {
  switch (from.query_case()) {
    case v1::SearchRequest::kText:
      to.text = std::move(*from.mutable_text());
      break;
    case v1::SearchRequest::kVector:
      to.vector.emplace(from.vector().values().begin(), from.vector().values().end());
      break;
    case v1::SearchRequest::kDocumentId:
      to.document_id = std::move(*from.mutable_document_id());
      break;
    case v1::SearchRequest::QUERY_NOT_SET:
      break;
  }
}

v1::Explanation ToProto(Explanation&& from) {
  v1::Explanation explanation;
  explanation.set_reason(std::move(from.reason));
  for (storage::FilterLeaf& one : from.leaves) {
    v1::Explanation::Leaf& leaf = *explanation.add_leaves();
    leaf.set_restriction(std::move(one.restriction));
    leaf.set_points(one.points);
    leaf.set_cached(one.cached);
    leaf.set_micros(one.micros);
  }
  explanation.set_filter_points(from.filter_points);
  explanation.set_live_points(from.live_points);
  explanation.set_ef(from.ef);
  return explanation;
}

// What is made of the ranked documents.
void TakeChoice(v1::SearchRequest& from, SearchRequest& to) {
  if (from.has_group_by()) {
    to.group_by = {std::move(*from.mutable_group_by()->mutable_field()), from.group_by().group_size()};
  }
  if (from.has_diversity()) {
    to.diversity.emplace();
    if (from.diversity().has_lambda()) to.diversity->lambda = from.diversity().lambda();
    to.diversity->candidates = from.diversity().candidates();
  }
  to.page_token = std::move(*from.mutable_page_token());
}

// What is shown of the documents.
void TakeExcerpts(const v1::SearchRequest& from, SearchRequest& to) {
  to.mask = MaskOf(from);
  if (from.has_snippet()) to.snippet = {from.snippet().max_bytes()};
  if (from.has_pack()) to.pack = {from.pack().token_budget()};
}

v1::Snippet ToProto(Snippet&& from) {
  v1::Snippet snippet;
  snippet.set_text(std::move(from.text));
  snippet.set_offset(from.offset);
  for (const encoder::ByteSpan span : from.highlights) {
    v1::Snippet::Highlight& highlight = *snippet.add_highlights();
    highlight.set_begin(span.begin);
    highlight.set_end(span.end);
  }
  return snippet;
}

v1::Packed ToProto(Packed&& from) {
  v1::Packed packed;
  packed.set_tokens(from.tokens);
  for (Packed::Passage& one : from.passages) {
    v1::Packed::Passage& passage = *packed.add_passages();
    passage.set_id(std::move(one.id));
    passage.set_text(std::move(one.text));
    passage.set_offset(one.offset);
    passage.set_tokens(one.tokens);
  }
  return packed;
}

}  // namespace

absl::StatusOr<SearchRequest> RequestFrom(v1::SearchRequest&& request) {
  SearchRequest made;
  ASSIGN_OR_RETURN(made.collection, CollectionIdOf("collection", request.collection()));
  TakeQuery(request, made);
  made.top_k = request.top_k();
  made.filter = std::move(*request.mutable_filter());
  if (request.has_min_score()) made.min_score = request.min_score();
  made.ef = request.params().ef();
  made.exact = request.params().exact();
  TakeExcerpts(request, made);
  made.min_lsn = request.min_lsn();
  made.explain = request.explain();
  ASSIGN_OR_RETURN(made.mode, ModeFrom(request.mode()));
  ASSIGN_OR_RETURN(made.fusion, FusionFrom(request.fusion()));
  TakeChoice(request, made);
  return made;
}

v1::SearchResponse ToProto(SearchResult&& result) {
  v1::SearchResponse response;
  for (Hit& from : result.hits) {
    v1::Hit& hit = *response.add_hits();
    hit.set_id(from.document.id);
    hit.set_score(from.score);
    hit.set_dense_score(from.match.dense_score);
    hit.set_lexical_score(from.match.lexical_score);
    hit.set_dense_rank(from.match.dense_rank);
    hit.set_lexical_rank(from.match.lexical_rank);
    if (from.snippet) *hit.mutable_snippet() = ToProto(*std::move(from.snippet));
    if (from.group) *hit.mutable_group() = ToProto(*std::move(from.group));
    *hit.mutable_document() = ToProto(std::move(from.document));
  }
  response.set_path(ToProto(result.path));
  response.set_scored(result.scored);
  response.set_underfilled(result.underfilled);
  response.set_next_page_token(std::move(result.next_page_token));
  *response.mutable_timings() = ToProto(result.stages);
  if (result.packed) *response.mutable_packed() = ToProto(*std::move(result.packed));
  if (result.explanation) *response.mutable_explanation() = ToProto(*std::move(result.explanation));
  return response;
}

}  // namespace voisin::service
