#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "service/retrieval.h"
#include "service/text_terms.h"

namespace voisin::service {

// Texts and their vectors in memory, found as a collection with the default parameters finds them: the same words,
// indexes, retrieval and fusion, without a store. Vectors are compared exactly. For evaluation.
//
// Threads: Add from one; Find from any number, once all are added.
class InMemorySearch {
 public:
  struct Options {
    uint32_t dimensions = 0;
    uint32_t documents = 0;         // that will be added, at least 1
    std::string language = "none";  // of the words
    float dense_weight = 0.5f;      // of a hybrid search
  };
  struct Query {
    SearchMode mode = SearchMode::hybrid;  // not unspecified
    std::string_view text;
    std::span<const float> vector;  // of dense and hybrid; empty: none, hybrid goes by the words alone
  };

  // InvalidArgument: an unknown language.
  static absl::StatusOr<std::unique_ptr<InMemorySearch>> Create(Options options);

  // A document without a vector (empty) is found by its words alone.
  absl::Status Add(index::PointId id, std::string_view text, std::span<const float> vector);
  // Best first; equal scores by ascending id.
  absl::StatusOr<std::vector<index::Neighbor>> Find(const Query& query, uint32_t count) const;

 private:
  explicit InMemorySearch(Options options) : options_(std::move(options)) {}

  const Options options_;
  ThreadPool background_{{}};
  std::unique_ptr<encoder::SharedAnalyzer> analyzer_;
  std::unique_ptr<index::VectorIndex> vectors_;
  std::unique_ptr<index::LexicalIndex> words_;
};

}  // namespace voisin::service
