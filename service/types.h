#pragma once

#include <optional>
#include <string>
#include <vector>

#include "encoder/batch_scheduler.h"
#include "index/lexical_index.h"
#include "index/vector_index.h"
#include "storage/document_store.h"

// The service's own vocabulary of requests and answers; no transport type.
namespace voisin::service {

// How the texts of a collection are found by their words.
struct LexicalSpec {
  index::LexicalParams params;
  // Of the stemmer: "none" (words stay whole), an ISO 639-1 code or an English name; empty: the model's, or "none"
  // without a model.
  std::string language;
};

struct CollectionSpec {
  std::string id;           // [a-z0-9][a-z0-9_-]{0,62}
  std::string model;        // empty: vectors only
  uint32_t dimensions = 0;  // 0 with a model: the model's
  index::Metric metric = index::Metric::cosine;
  index::IndexParams params;
  LexicalSpec lexical = {};
  double target_recall = 0;  // ef_search is tuned to hold it; 0: none, ef_search stays as it is
  index::VectorStorage vector_storage = index::VectorStorage::float32;
  bool validate_only = false;  // when it is to be made: check and plan it instead
};

// What of a collection may change.
struct CollectionParams {
  index::IndexParams index;  // m and ef_construction hold for graphs built later
  index::LexicalParams lexical;
  double target_recall = 0;
};

struct CollectionInfo {
  CollectionSpec spec;
  std::string model_fingerprint;
  uint64_t document_count = 0;
  uint64_t storage_bytes = 0;
  uint64_t memory_bytes = 0;
  uint64_t bytes_per_vector = 0;  // of memory, planned
  uint64_t lexical_terms = 0;     // dictionary entries: at least the distinct words
  int64_t create_time_us = 0;
  double indexed_fraction = 1.0;  // live points behind a graph / live points; 1 when small enough to scan
  std::optional<double> measured_recall;  // at 10, by the newest measurement since the start
};

struct RecallRequest {
  std::string collection;
  uint32_t sample = 0;  // queries; 0: the default
};

struct RecallReport {
  double recall = 1;            // at 10, 0..1
  uint32_t live_queries = 0;    // of searches that came
  uint32_t stored_queries = 0;  // vectors of documents, where too few searches came
  uint32_t ef = 0;              // that it was measured with
};

struct Stages {  // microseconds spent in each
  uint64_t tokenize = 0;
  uint64_t queue = 0;
  uint64_t encode = 0;
  uint64_t search = 0;   // lexical included
  uint64_t lexical = 0;  // analysing the words of the query, finding and scoring by them
  uint64_t fetch = 0;    // reading documents, making snippets and packs
};

enum class InputType { unspecified, query, document };

// A model that is served, and what its share of the embedding cache has done since it was loaded.
struct ModelStatus : encoder::ModelInfo {
  uint64_t cache_hits = 0;  // texts that were not encoded: kept from before, or shared with a twin in flight
  uint64_t cache_misses = 0;  // texts that were encoded; both stay 0 while the cache is off
};

struct EmbedRequest {
  std::string model;  // empty: the default
  std::vector<std::string> texts;
  InputType input_type = InputType::unspecified;
  uint32_t dimensions = 0;        // 0: full; else the first so many, normalised again
  std::optional<bool> normalize;  // unset: the model's own
  encoder::Truncation truncation = encoder::Truncation::error;
};

struct EmbedResult {
  std::string model;
  std::string model_fingerprint;
  std::vector<encoder::EncodedText> embeddings;
  Stages stages;
};

struct TokenizeRequest {
  std::string model;
  std::vector<std::string> texts;
  bool add_special_tokens = true;
};

struct Token {
  uint32_t id = 0;
  std::string text;
  encoder::ByteSpan span;
};

struct SimilarityRequest {
  std::string model;
  std::string source;
  std::vector<std::string> targets;
};

struct UpsertRequest {
  std::string collection;
  std::vector<storage::Document> documents;
  std::string request_id;
  encoder::Truncation truncation = encoder::Truncation::error;
};

struct UpsertResult {
  uint64_t lsn = 0;
  uint32_t upserted = 0;
  uint32_t truncated = 0;  // texts whose vector covers only the first or last tokens
};

struct GetRequest {
  std::string collection;
  std::vector<std::string> ids;
  storage::ReadMask mask;
};

struct ListRequest {
  std::string collection;
  std::string filter;
  uint32_t page_size = 0;  // 0: 100; at most 1000
  std::string page_token;
  storage::ReadMask mask;
};

struct ListResult {
  std::vector<storage::Document> documents;
  std::string next_page_token;
};

struct DeleteRequest {
  std::string collection;
  std::vector<std::string> ids;  // or
  std::string filter;            // exactly one of the two
  std::string request_id;
};

struct DeleteResult {
  uint64_t lsn = 0;
  uint32_t deleted = 0;
};

// By what documents are found. Unspecified: hybrid for a text, where the collection has a model; lexical for a text
// where it has none; dense for the rest.
enum class SearchMode { unspecified, dense, lexical, hybrid };

// How a hybrid search makes one score of two; fusion.h has the formulas.
struct Fusion {
  enum class Kind { weighted, rrf };

  Kind kind = Kind::weighted;
  std::optional<float> dense_weight;  // 0..1, lexical has the rest; unset: the model's
  uint32_t rrf_k = 0;                 // 1..10000; 0: 60
  uint32_t candidates = 0;            // of each of the two, 1..10000, at least as many as hits; 0: 100
};

// The best hits of each value of a metadata field.
struct GroupBy {
  std::string field;        // a path as in filters
  uint32_t group_size = 0;  // hits of a group, 1..100; 0: 1
};

// Maximal marginal relevance; see mmr.h.
struct Diversity {
  float lambda = 0.5f;      // 0..1; 1: relevance alone
  uint32_t candidates = 0;  // closest hits to choose from, top_k..1000; 0: four times top_k, at least 50
};

// A passage of each hit's text; see snippet.h.
struct SnippetParams {
  uint32_t max_bytes = 0;  // 32..4096; 0: 240
};

// Passages of the hits for a language model; see pack.h.
struct PackParams {
  uint32_t token_budget = 0;  // 1..131072
};

struct SearchRequest {
  std::string collection;
  // Exactly one of these three.
  std::optional<std::string> text;
  std::optional<std::vector<float>> vector;
  std::optional<std::string> document_id;  // its own vector; the document itself is not among the hits
  uint32_t top_k = 0;                      // 0: 10; at most 1000
  std::string filter;
  std::optional<float> min_score;
  uint32_t ef = 0;  // 0: the collection's
  bool exact = false;
  storage::ReadMask mask;
  uint64_t min_lsn = 0;
  SearchMode mode = SearchMode::unspecified;
  Fusion fusion;
  std::optional<GroupBy> group_by;     // at most one of these three
  std::optional<Diversity> diversity;  //
  std::string page_token;              // next_page_token of the page before
  bool explain = false;
  std::optional<SnippetParams> snippet;
  std::optional<PackParams> pack;  // needs a collection with a model
};

// How a search came to its answer.
struct Explanation {
  std::string reason;                       // why the path was taken
  std::vector<storage::FilterLeaf> leaves;  // comparisons of the filter, in its order
  uint64_t filter_points = 0;               // documents that pass it; without one: all
  uint64_t live_points = 0;                 // documents of the collection, also the expired
  uint32_t ef = 0;                          // candidates of a walk
};

// Why a document is a hit. A rank is its place, from 1, among the candidates by that score; 0: not among them.
struct Match {
  float dense_score = 0;
  float lexical_score = 0;
  uint32_t dense_rank = 0;
  uint32_t lexical_rank = 0;
  bool operator==(const Match&) const = default;
};

struct Snippet {
  std::string text;
  uint32_t offset = 0;                        // bytes of the document's text before it
  std::vector<encoder::ByteSpan> highlights;  // of `text`
  bool operator==(const Snippet&) const = default;
};

struct Packed {
  struct Passage {
    std::string id;
    std::string text;
    uint32_t offset = 0;  // bytes of the document's text before it
    uint32_t tokens = 0;
    bool operator==(const Passage&) const = default;
  };
  std::vector<Passage> passages;  // in the order of the hits, then of the text
  uint32_t tokens = 0;            // of all
};

struct Hit {
  float score = 0;
  storage::Document document;  // id always, the rest by mask
  Match match = {};
  storage::PointId point = 0;                // the version that was found
  std::optional<storage::Value> group = {};  // of group_by: string, number or boolean
  std::optional<Snippet> snippet = {};       // when it was asked for
};

struct SearchResult {
  std::vector<Hit> hits;
  std::optional<index::SearchPath> path;  // of the vectors; nothing: a lexical search
  uint64_t scored = 0;
  bool underfilled = false;     // fewer hits than asked for although more documents pass the filter
  std::string next_page_token;  // empty: nothing follows, or pages are not defined for the request
  Stages stages;
  std::optional<Explanation> explanation;  // when it was asked for
  std::optional<Packed> packed;            // likewise
};

struct SnapshotInfo {
  std::string id;  // [a-z0-9][a-z0-9_-]{0,99}
  std::string collection;
  std::string model;  // of the collection then; empty: vectors only
  std::string model_fingerprint;
  uint64_t document_count = 0;
  uint64_t lsn = 0;         // the snapshot holds every write up to this one and no later one
  uint64_t size_bytes = 0;  // of its files; hard links share them with the collection while it has them
  int64_t create_time_us = 0;
  std::string problem;  // why it cannot be used; empty as a rule. Only id and this are known then
};

}  // namespace voisin::service
