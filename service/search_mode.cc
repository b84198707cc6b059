#include "service/search_mode.h"

#include "service/errors.h"

namespace voisin::service {
namespace {

absl::Status NeedsModel(std::string_view mode, const std::string& collection) {
  return InvalidField("mode", "expected LEXICAL for a text, since collection \"" + collection +
                                  "\" has no model that makes a vector of it, got " + std::string(mode));
}

absl::Status NeedsText(std::string_view mode, const SearchRequest& request) {
  return InvalidField("mode", "expected a text as the query of " + std::string(mode) + ", got a " +
                                  (request.vector ? "vector" : "document_id"));
}

}  // namespace

absl::StatusOr<SearchMode> ResolveMode(const SearchRequest& request, const std::string& collection,
                                       bool has_model) {
  const bool has_text = request.text.has_value();
  switch (request.mode) {
    case SearchMode::unspecified:
      if (!has_text) return SearchMode::dense;
      return has_model ? SearchMode::hybrid : SearchMode::lexical;
    case SearchMode::dense:
      if (has_text && !has_model) return NeedsModel("DENSE", collection);
      return request.mode;
    case SearchMode::lexical:
      if (!has_text) return NeedsText("LEXICAL", request);
      return request.mode;
    case SearchMode::hybrid:
      if (!has_text) return NeedsText("HYBRID", request);
      if (!has_model) return NeedsModel("HYBRID", collection);
      return request.mode;
  }
  return SearchMode::dense;
}

}  // namespace voisin::service
