#include "clients/cli/eval_output.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/json_output.h"
#include "clients/cli/table.h"

namespace voisin::cli {
namespace {

using Align = Table::Align;

void AddFigures(const RetrievalFigures& figures, JsonLine& line) {
  line.Number("ndcg_at_10", figures.ndcg_at_10).Number("mrr_at_10", figures.mrr_at_10);
  line.Number("recall_at_100", figures.recall_at_100);
}

void AddRetrieval(const EvalResult& result, JsonLine& line) {
  const RetrievalResult& retrieval = *result.retrieval;
  line.Number("documents", static_cast<double>(retrieval.documents));
  line.Number("queries", static_cast<double>(retrieval.queries));
  AddFigures(retrieval.figures, line);
  JsonLine lexical, hybrid, bm25;
  lexical.Text("language", result.language);
  AddFigures(retrieval.searches.lexical, lexical);
  line.Raw("lexical", lexical.str());
  hybrid.Float("dense_weight", result.dense_weight);
  AddFigures(retrieval.searches.hybrid, hybrid);
  line.Raw("hybrid", hybrid.str());
  bm25.Text("language", retrieval.bm25.language == "en" ? "english" : "other");
  AddFigures(retrieval.bm25.figures, bm25);
  line.Raw("bm25", bm25.str());
}

void AddSimilarity(const SimilarityResult& similarity, JsonLine& line) {
  line.Number("pairs", static_cast<double>(similarity.pairs));
  if (similarity.spearman) {
    line.Number("spearman", *similarity.spearman);
  } else {
    line.Null("spearman");
  }
}

std::string Digits(double value) { return absl::StrFormat("%.4f", value); }

void AddRow(const EvalResult& result, const std::string& scorer, const RetrievalFigures& figures,
            Table& table) {
  table.Add({result.set, scorer, absl::StrCat(result.retrieval->documents),
             absl::StrCat(result.retrieval->queries), Digits(figures.ndcg_at_10), Digits(figures.mrr_at_10),
             Digits(figures.recall_at_100)});
}

Table RetrievalTable(const std::vector<EvalResult>& results) {
  Table table({{"set"},
               {"scorer"},
               {"documents", Align::right},
               {"queries", Align::right},
               {"nDCG@10", Align::right},
               {"MRR@10", Align::right},
               {"recall@100", Align::right}});
  for (const EvalResult& result : results) {
    if (!result.retrieval) continue;
    const Bm25Figures& bm25 = result.retrieval->bm25;
    AddRow(result, result.model, result.retrieval->figures, table);
    AddRow(result, "LEXICAL, words: " + result.language, result.retrieval->searches.lexical, table);
    AddRow(result, absl::StrFormat("HYBRID, dense weight %.2f", result.dense_weight),
           result.retrieval->searches.hybrid, table);
    AddRow(result, bm25.language == "en" ? "BM25, English stems" : "BM25", bm25.figures, table);
  }
  return table;
}

Table SimilarityTable(const std::vector<EvalResult>& results) {
  Table table({{"set"}, {"scorer"}, {"pairs", Align::right}, {"Spearman", Align::right}});
  for (const EvalResult& result : results) {
    if (!result.similarity) continue;
    const auto& spearman = result.similarity->spearman;
    table.Add({result.set, result.model, absl::StrCat(result.similarity->pairs),
               spearman ? Digits(*spearman) : "undefined"});
  }
  return table;
}

std::string Remarks(const EvalResult& result) {
  std::string remarks;
  if (result.truncated > 0) {
    remarks += absl::StrCat(result.set, ": ", result.truncated, " of ", result.texts,
                            " texts are longer than the model takes; their ends were cut\n");
  }
  if (result.blank > 0) {
    remarks += absl::StrCat(result.set, ": ", result.blank, " of ", result.texts,
                            " texts are blank; their cosines count as 0\n");
  }
  return remarks;
}

}  // namespace

std::string EvalJson(const EvalResult& result) {
  JsonLine line;
  line.Text("set", result.set).Text("model", result.model);
  line.Number("texts", static_cast<double>(result.texts));
  line.Number("truncated", static_cast<double>(result.truncated));
  line.Number("blank", static_cast<double>(result.blank));
  if (result.retrieval) AddRetrieval(result, line);
  if (result.similarity) AddSimilarity(*result.similarity, line);
  return line.str() + "\n";
}

std::string EvalTables(const std::vector<EvalResult>& results, size_t width) {
  std::string text;
  for (const Table& table : {RetrievalTable(results), SimilarityTable(results)}) {
    if (table.empty()) continue;
    if (!text.empty()) text += "\n";
    text += table.Render(width);
  }
  for (const EvalResult& result : results) text += Remarks(result);
  return text;
}

}  // namespace voisin::cli
