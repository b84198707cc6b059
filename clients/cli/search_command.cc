#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_value.h"
#include "clients/cli/remote.h"
#include "clients/cli/search_output.h"
#include "clients/cli/status.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

struct SearchOptions {
  Remote remote;
  std::string collection;
  std::vector<std::string> texts;
  std::string vector_file;
  std::string like;
  uint32_t top_k = 10;
  std::string filter;
  std::optional<double> min_score;
  bool exact = false;
  uint32_t ef = 0;
  std::string group_by;
  uint32_t group_size = 0;
  std::optional<double> diversity;
  std::string page_token;
  bool snippet = false;
  std::optional<uint64_t> pack;
  std::vector<std::string> fields;
  std::string mode;
  std::optional<double> dense_weight;
  bool rrf = false;
};

// One search with the words that head its table.
struct Query {
  std::string title;
  v1::SearchRequest request;
};

absl::StatusOr<v1::Vector> ReadVector(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return Prefixed(path, json.status());
  const Json* numbers = json->object() != nullptr ? json->Find("embedding") : &*json;
  v1::Vector vector;
  if (numbers == nullptr || numbers->array() == nullptr) {
    return absl::InvalidArgumentError(path + ": expected [number, ...] or {\"embedding\": [number, ...]}");
  }
  for (const Json& component : *numbers->array()) {
    if (component.number() == nullptr) {
      return absl::InvalidArgumentError(path + ": expected numbers, got " + std::string(KindOf(component)));
    }
    vector.add_values(static_cast<float>(*component.number()));
  }
  return vector;
}

v1::SearchMode ModeOf(std::string_view name) {
  if (name == "hybrid") return v1::SEARCH_MODE_HYBRID;
  if (name == "dense") return v1::SEARCH_MODE_DENSE;
  return name == "lexical" ? v1::SEARCH_MODE_LEXICAL : v1::SEARCH_MODE_UNSPECIFIED;
}

v1::SearchRequest CommonRequest(const SearchOptions& options) {
  v1::SearchRequest request;
  request.set_collection(CollectionName(options.collection));
  request.set_top_k(options.top_k);
  request.set_filter(options.filter);
  if (options.min_score) request.set_min_score(static_cast<float>(*options.min_score));
  request.mutable_params()->set_exact(options.exact);
  request.mutable_params()->set_ef(options.ef);
  request.set_mode(ModeOf(options.mode));
  if (options.dense_weight) {
    request.mutable_fusion()->set_dense_weight(static_cast<float>(*options.dense_weight));
  }
  if (options.rrf) request.mutable_fusion()->set_kind(v1::Fusion::KIND_RRF);
  if (!options.group_by.empty()) {
    request.mutable_group_by()->set_field(options.group_by);
    request.mutable_group_by()->set_group_size(options.group_size);
  }
  if (options.diversity) request.mutable_diversity()->set_lambda(static_cast<float>(*options.diversity));
  request.set_page_token(options.page_token);
  if (options.snippet) request.mutable_snippet();
  if (options.pack) {
    constexpr uint64_t kMost = UINT32_MAX;
    request.mutable_pack()->set_token_budget(static_cast<uint32_t>(std::min(*options.pack, kMost)));
  }
  return request;
}

absl::StatusOr<std::vector<Query>> MakeQueries(const SearchOptions& options) {
  std::vector<Query> queries;
  if (options.group_size > 0 && options.group_by.empty()) {
    return UsageError("search: expected --group-by FIELD with --group-size");
  }
  for (const std::string& text : options.texts) {
    queries.push_back({text, CommonRequest(options)});
    queries.back().request.set_text(text);
  }
  if (!options.like.empty()) {
    queries.push_back({"like " + options.like, CommonRequest(options)});
    queries.back().request.set_document_id(options.like);
  }
  if (!options.vector_file.empty()) {
    queries.push_back({options.vector_file, CommonRequest(options)});
    ASSIGN_OR_RETURN(*queries.back().request.mutable_vector(), ReadVector(options.vector_file));
  }
  if (queries.empty()) return UsageError("search: expected a text, --like DOCUMENT_ID or --vector-file FILE");
  return queries;
}

absl::Status Search(const SearchOptions& options, Context& context) {
  ASSIGN_OR_RETURN(const std::vector<Query> queries, MakeQueries(options));
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  std::ostream& out = context.console.out;
  for (const Query& query : queries) {
    const auto answer = client->Search(query.request);
    if (!answer.ok()) return Explained(answer.status(), options.remote, context);
    if (options.remote.json) {
      out << SearchJson(query.title, *answer) << "\n";
      continue;
    }
    if (&query != &queries.front()) out << "\n";
    if (queries.size() > 1) out << Printable(query.title) << "\n";
    PrintAnswer({options.group_by, options.fields, options.snippet}, *answer, context.console);
    if (!options.page_token.empty() && !answer->next_page_token().empty()) {
      out << "next page: --page-token " << answer->next_page_token() << "\n";
    }
  }
  return absl::OkStatus();
}

}  // namespace

void AddSearch(Arguments& root) {
  auto options = std::make_shared<SearchOptions>();
  Arguments command =
      root.Command("search", "Find the documents closest in meaning and words",
                   "voisin search packages \"resize many photos at once\" --top-k 5 --fields section");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Optional("TEXT", options->texts, "What to look for; each text gets a table of its own");
  command.Option("-k,--top-k", options->top_k, "At most so many hits (1..1000, default 10)");
  command.Choice("--mode", options->mode, {"hybrid", "dense", "lexical"},
                 "By meaning and words (default for texts), by meaning, or by words");
  command.Option("--dense-weight", options->dense_weight,
                 "What meaning counts in hybrid mode, 0..1 (default: the model's)");
  command.Flag("--rrf", options->rrf, "Fuse ranks instead of scores in hybrid mode");
  command.Option("--filter", options->filter, "Condition on metadata (AIP-160)");
  command.Option("--min-score", options->min_score, "Leave out hits below this score");
  command.Flag("--exact", options->exact, "Compare every document, for the exact answer");
  command.Option("--ef", options->ef, "Candidates of the graph walk; more finds more and takes longer");
  command.Option("--vector-file", options->vector_file, "JSON file with the vector to look for");
  command.Option("--like", options->like, "Id of a document: its neighbours");
  command.Option("--group-by", options->group_by, "Metadata field: the best hits of each of its values");
  command.Option("--group-size", options->group_size, "Hits of each group (1..100, default 1)");
  command.Option("--diversity", options->diversity,
                 "Hits that differ from each other: 1 relevance alone, 0 difference alone");
  command.Option("--page-token", options->page_token,
                 "The page after the one that gave this token (see --json)");
  command.Flag("--snippet", options->snippet,
               "The best passage of each text, the words of the query highlighted");
  command.Option("--pack", options->pack,
                 "Instead of hits, passages of them of at most so many tokens, for a language model");
  command.Option("--fields", options->fields, "Metadata to show as columns, between commas");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Search(*options, context); });
}

}  // namespace voisin::cli
