#include "clients/cli/eval_run.h"

#include "base/status_macros.h"
#include "clients/cli/eval_bm25.h"
#include "clients/cli/eval_language.h"
#include "encoder/word_analyzer.h"

namespace voisin::cli {
namespace {

std::vector<std::vector<std::string>> SplitAll(const std::vector<std::string>& texts,
                                               encoder::WordAnalyzer& analyzer) {
  std::vector<std::vector<std::string>> words;
  for (const std::string& text : texts) words.push_back(analyzer.Forms(text));
  return words;
}

void AddCounts(const TextVectors& vectors, EvalResult& result) {
  result.texts += vectors.of_text.size();
  result.truncated += vectors.truncated;
  result.blank += vectors.blank;
}

absl::Status EvaluateRetrieval(const RetrievalSet& set, const EvalModel& model, const TextsDone& done,
                               EvalResult& result) {
  ASSIGN_OR_RETURN(const TextVectors documents,
                   EmbedTexts(model, set.documents.texts, encoder::TextRole::document, done));
  ASSIGN_OR_RETURN(const TextVectors queries,
                   EmbedTexts(model, set.queries.texts, encoder::TextRole::query, done));
  ASSIGN_OR_RETURN(const SearchFigures searches, ScoreSearches(set, model, queries, documents));
  ASSIGN_OR_RETURN(const Bm25Figures bm25, ScoreBm25(set));
  result.retrieval = {set.documents.size(), set.queries.size(),
                      ScoreRetrieval(set, CosineScorer(queries, documents)), searches, bm25};
  AddCounts(documents, result);
  AddCounts(queries, result);
  return absl::OkStatus();
}

absl::Status EvaluateSimilarity(const SimilaritySet& set, const EvalModel& model, const TextsDone& done,
                                EvalResult& result) {
  ASSIGN_OR_RETURN(const TextVectors first, EmbedTexts(model, set.first, encoder::TextRole::none, done));
  ASSIGN_OR_RETURN(const TextVectors second, EmbedTexts(model, set.second, encoder::TextRole::none, done));
  result.similarity = {set.size(), ScoreSimilarity(first, second, set.gold)};
  AddCounts(first, result);
  AddCounts(second, result);
  return absl::OkStatus();
}

size_t CountTexts(const EvalSet& set) {
  size_t texts = 0;
  if (set.retrieval) texts += set.retrieval->documents.size() + set.retrieval->queries.size();
  if (set.similarity) texts += 2 * set.similarity->size();
  return texts;
}

}  // namespace

absl::StatusOr<Bm25Figures> ScoreBm25(const RetrievalSet& set) {
  Bm25Figures made;
  ASSIGN_OR_RETURN(made.language, GuessLanguage(set.documents.texts));
  ASSIGN_OR_RETURN(const auto analyzer, encoder::WordAnalyzer::Create(made.language));
  const Bm25 bm25(SplitAll(set.documents.texts, *analyzer));
  const auto queries = SplitAll(set.queries.texts, *analyzer);
  made.figures = ScoreRetrieval(
      set, [&](size_t query, std::span<double> scores) { bm25.Score(queries[query], scores); });
  return made;
}

absl::StatusOr<EvalResult> Evaluate(const EvalSet& set, const EvalModel& model, Progress& progress) {
  EvalResult result{.set = set.name,
                    .model = model.name,
                    .language = model.language,
                    .dense_weight = model.dense_weight,
                    .retrieval = {},
                    .similarity = {}};
  size_t behind = 0;
  const TextsDone done = [&, total = CountTexts(set)](size_t texts) {
    behind += texts;
    progress.Update(behind, behind, total);
  };
  if (set.retrieval) RETURN_IF_ERROR(EvaluateRetrieval(*set.retrieval, model, done, result));
  if (set.similarity) RETURN_IF_ERROR(EvaluateSimilarity(*set.similarity, model, done, result));
  return result;
}

}  // namespace voisin::cli
