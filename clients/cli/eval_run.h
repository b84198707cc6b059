#pragma once

#include <optional>
#include <string>

#include "clients/cli/eval_search.h"
#include "clients/cli/progress.h"

namespace voisin::cli {

struct Bm25Figures {
  RetrievalFigures figures;
  std::string language;  // of the words: "en" or "none"
};

struct RetrievalResult {
  size_t documents = 0;
  size_t queries = 0;
  RetrievalFigures figures;  // of the vectors alone
  SearchFigures searches;
  Bm25Figures bm25;
};

struct SimilarityResult {
  size_t pairs = 0;
  std::optional<double> spearman;  // nothing: undefined
};

// What a model does on a set.
struct EvalResult {
  std::string set;
  std::string model;
  std::string language;    // of the words of LEXICAL and HYBRID searches, as the model says
  float dense_weight = 0;  // of HYBRID searches, likewise
  size_t texts = 0;        // documents, queries, sentences
  size_t truncated = 0;    // of them, longer than the model takes: their ends were not read
  size_t blank = 0;        // of them, white space alone
  std::optional<RetrievalResult> retrieval;
  std::optional<SimilarityResult> similarity;
};

// The lexical baseline: BM25 over the words of encoder/word_analyzer.h.
absl::StatusOr<Bm25Figures> ScoreBm25(const RetrievalSet& set);

absl::StatusOr<EvalResult> Evaluate(const EvalSet& set, const EvalModel& model, Progress& progress);

}  // namespace voisin::cli
