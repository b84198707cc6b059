// How well a model finds and compares, on every evaluation set of a folder, with BM25 as the peer of retrieval; and
// what lower-casing the texts, subtracting mean vectors and the narrow precisions would change. Usage: quality_bench
// MODEL_DIR SETS_DIR. One JSON line per figure; `checked` says that the figure of the texts as they are is not below the
// floor of its set, that BM25 and LEXICAL searches are within 0.01 of a reference, that HYBRID searches lose at most 0.003
// against the better of the two that they join (and gain on CISI), that bf16 and int8 lose at most 0.003 against fp32, and that
// their vectors have the cosine to those of fp32 that they promise. Exit status 77: there are no sets.
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "base/status_macros.h"
#include "clients/cli/eval_run.h"
#include "clients/cli/json_output.h"

namespace voisin::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;

// Slightly below what the default model was measured to do; a set that is not here has no floor.
struct Floors {
  double figure = 0;  // nDCG@10 or Spearman
  double bm25 = -1;   // nDCG@10 of an independent BM25; below 0: unknown
};
const std::map<std::string, Floors, std::less<>>& AllFloors() {
  static const std::map<std::string, Floors, std::less<>> floors = {{"cisi", {0.255, 0.384}},
                                                                    {"cranfield", {0.18, 0.359}},
                                                                    {"sts15", {0.73}},
                                                                    {"stsb-en-dev", {0.775}},
                                                                    {"stsb-fr-dev", {0.54}}};
  return floors;
}
Floors FloorsOf(const std::string& set) {
  const auto found = AllFloors().find(set);
  return found == AllFloors().end() ? Floors{} : found->second;
}

constexpr double kHybridLoss = 0.003;  // of nDCG@10 against the better of what is joined

struct Line {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> bm25;
  bool checked = true;
};

void Print(const Line& measured) {
  JsonLine line;
  line.Text("bench", "quality").Text("case", measured.name);
  line.Number("threads", std::max(1u, std::thread::hardware_concurrency()));
  line.Number("value", measured.value).Text("unit", measured.unit);
  if (measured.bm25) {
    line.Text("peer", "BM25")
        .Number("peer_value", *measured.bm25)
        .Number("ratio", measured.value / *measured.bm25);
  } else {
    line.Null("peer").Null("peer_value").Null("ratio");
  }
  std::cout << line.Null("recall").Bool("checked", measured.checked).str() << std::endl;
}

// What is done to texts and vectors before they are scored.
struct Variant {
  std::string name;  // empty: nothing
  bool lower_case = false;
  bool centre = false;
};
const std::vector<Variant>& Variants() {
  static const std::vector<Variant> variants = {{"", false, false},
                                                {", lower case", true, false},
                                                {", less mean", false, true},
                                                {", lower case, less mean", true, true}};
  return variants;
}

std::vector<std::string> LowerCased(const std::vector<std::string>& texts) {
  std::vector<std::string> lower(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    icu::UnicodeString::fromUTF8(texts[i]).toLower(icu::Locale::getRoot()).toUTF8String(lower[i]);
  }
  return lower;
}

// Subtracts the mean over all texts of the `sides` from their vectors, then scales to unit length.
void SubtractMean(const std::vector<TextVectors*>& sides) {
  std::vector<double> mean;
  double texts = 0;
  for (const TextVectors* side : sides) {
    for (size_t text = 0; text < side->of_text.size(); ++text) {
      const std::span<const float> vector = (*side)[text];
      if (vector.empty()) continue;
      mean.resize(vector.size());
      for (size_t i = 0; i < mean.size(); ++i) mean[i] += static_cast<double>(vector[i]);
      texts += 1;
    }
  }
  for (TextVectors* side : sides) {
    for (std::vector<float>& vector : side->distinct) {
      for (size_t i = 0; i < vector.size(); ++i) vector[i] -= static_cast<float>(mean[i] / texts);
      Normalize(vector);
    }
  }
}

absl::StatusOr<TextVectors> Embed(const EvalModel& model, const std::vector<std::string>& texts,
                                  bool lower_case, encoder::TextRole role) {
  return EmbedTexts(model, lower_case ? LowerCased(texts) : texts, role, [](size_t) {});
}

// What searches by words and by both find, beside the vectors alone.
void PrintSearches(const EvalSet& set, const Variant& variant, const SearchFigures& searches, double dense,
                   double bm25) {
  const bool plain = variant.name.empty();
  const double reference = FloorsOf(set.name).bm25;
  const double lexical = searches.lexical.ndcg_at_10, hybrid = searches.hybrid.ndcg_at_10;
  if (plain) {
    Print({set.name + ", LEXICAL", lexical, "nDCG@10", bm25,
           reference < 0 || std::abs(lexical - reference) <= 0.01});
  }
  const double better = std::max(dense, lexical);
  const bool gains = set.name != "cisi" || hybrid > better;
  Print({set.name + variant.name + ", HYBRID", hybrid, "nDCG@10", bm25,
         !plain || (gains && hybrid >= better - kHybridLoss)});
}

absl::Status BenchRetrieval(const EvalSet& set, const EvalModel& model) {
  const RetrievalSet& retrieval = *set.retrieval;
  const Floors floors = FloorsOf(set.name);
  ASSIGN_OR_RETURN(const Bm25Figures bm25, ScoreBm25(retrieval));
  const bool bm25_right = floors.bm25 < 0 || std::abs(bm25.figures.ndcg_at_10 - floors.bm25) <= 0.01;
  for (const bool lower_case : {false, true}) {
    ASSIGN_OR_RETURN(TextVectors documents,
                     Embed(model, retrieval.documents.texts, lower_case, encoder::TextRole::document));
    ASSIGN_OR_RETURN(TextVectors queries,
                     Embed(model, retrieval.queries.texts, lower_case, encoder::TextRole::query));
    for (const Variant& variant : Variants()) {
      if (variant.lower_case != lower_case) continue;
      if (variant.centre) {
        SubtractMean({&documents});
        SubtractMean({&queries});
      }
      ASSIGN_OR_RETURN(const SearchFigures searches, ScoreSearches(retrieval, model, queries, documents));
      const RetrievalFigures figures = ScoreRetrieval(retrieval, CosineScorer(queries, documents));
      const bool plain = variant.name.empty();
      const std::string name = set.name + variant.name;
      Print({name, figures.ndcg_at_10, "nDCG@10", bm25.figures.ndcg_at_10,
             !plain || (bm25_right && figures.ndcg_at_10 >= floors.figure)});
      PrintSearches(set, variant, searches, figures.ndcg_at_10, bm25.figures.ndcg_at_10);
      if (!plain) continue;
      Print({name, figures.mrr_at_10, "MRR@10", bm25.figures.mrr_at_10});
      Print({name, figures.recall_at_100, "recall@100", bm25.figures.recall_at_100});
    }
  }
  return absl::OkStatus();
}

absl::Status BenchSimilarity(const EvalSet& set, const EvalModel& model) {
  const SimilaritySet& pairs = *set.similarity;
  for (const bool lower_case : {false, true}) {
    ASSIGN_OR_RETURN(TextVectors first, Embed(model, pairs.first, lower_case, encoder::TextRole::none));
    ASSIGN_OR_RETURN(TextVectors second, Embed(model, pairs.second, lower_case, encoder::TextRole::none));
    for (const Variant& variant : Variants()) {
      if (variant.lower_case != lower_case) continue;
      if (variant.centre) SubtractMean({&first, &second});
      const double spearman = ScoreSimilarity(first, second, pairs.gold).value_or(0);
      Print({set.name + variant.name,
             spearman,
             "Spearman",
             {},
             !variant.name.empty() || spearman >= FloorsOf(set.name).figure});
    }
  }
  return absl::OkStatus();
}

constexpr double kGreatestLoss = 0.003;  // of nDCG@10 or Spearman, fp32 less the narrow precision

// A model in another precision, and the cosine that every vector has to fp32.
struct NarrowModel {
  std::string precision;
  double cosine;
  const EvalModel& model;
};

struct SetVectors {
  TextVectors first;  // documents, or first sentences
  TextVectors second;
};

absl::StatusOr<SetVectors> EmbedSet(const EvalSet& set, const EvalModel& model) {
  using encoder::TextRole;
  const bool retrieval = set.retrieval.has_value();
  SetVectors vectors;
  ASSIGN_OR_RETURN(vectors.first,
                   Embed(model, retrieval ? set.retrieval->documents.texts : set.similarity->first, false,
                         retrieval ? TextRole::document : TextRole::none));
  ASSIGN_OR_RETURN(vectors.second,
                   Embed(model, retrieval ? set.retrieval->queries.texts : set.similarity->second, false,
                         retrieval ? TextRole::query : TextRole::none));
  return vectors;
}

double FigureOf(const EvalSet& set, const SetVectors& vectors) {
  if (!set.retrieval) return ScoreSimilarity(vectors.first, vectors.second, set.similarity->gold).value_or(0);
  return ScoreRetrieval(*set.retrieval, CosineScorer(vectors.second, vectors.first)).ndcg_at_10;
}

// Blank texts have no vectors.
double SmallestCosine(const TextVectors& some, const TextVectors& others) {
  double smallest = 1;
  for (size_t text = 0; text < some.of_text.size(); ++text) {
    if (!some[text].empty()) smallest = std::min(smallest, Cosine(some[text], others[text]));
  }
  return smallest;
}

absl::Status BenchPrecisions(const EvalSet& set, const EvalModel& fp32,
                             const std::vector<NarrowModel>& models) {
  ASSIGN_OR_RETURN(const SetVectors exact, EmbedSet(set, fp32));
  const double figure = FigureOf(set, exact);
  for (const NarrowModel& narrow : models) {
    ASSIGN_OR_RETURN(const SetVectors vectors, EmbedSet(set, narrow.model));
    const std::string name = set.name + ", " + narrow.precision;
    const double narrow_figure = FigureOf(set, vectors);
    Print({name,
           narrow_figure,
           set.retrieval ? "nDCG@10" : "Spearman",
           {},
           figure - narrow_figure <= kGreatestLoss});
    const double cosine =
        std::min(SmallestCosine(vectors.first, exact.first), SmallestCosine(vectors.second, exact.second));
    Print({name, cosine, "smallest cosine to fp32", {}, cosine >= narrow.cosine});
  }
  return absl::OkStatus();
}

std::vector<fs::path> DirectoriesIn(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

absl::Status Bench(const fs::path& model_dir, const std::vector<fs::path>& directories) {
  ASSIGN_OR_RETURN(const auto encoder, encoder::TextEncoder::Load(model_dir));
  ASSIGN_OR_RETURN(const auto bf16,
                   encoder::TextEncoder::Load(model_dir, {.precision = encoder::Precision::bf16}));
  ASSIGN_OR_RETURN(const auto int8,
                   encoder::TextEncoder::Load(model_dir, {.precision = encoder::Precision::int8}));
  const EvalModel model = LocalEvalModel(*encoder, std::cerr);
  const EvalModel bf16_model = LocalEvalModel(*bf16, std::cerr);
  const EvalModel int8_model = LocalEvalModel(*int8, std::cerr);
  const std::vector<NarrowModel> narrow = {{"bf16", 0.9999, bf16_model}, {"int8", 0.99, int8_model}};
  for (const fs::path& directory : directories) {
    ASSIGN_OR_RETURN(const EvalSet set, ReadEvalSet(directory));
    if (set.retrieval) RETURN_IF_ERROR(BenchRetrieval(set, model));
    if (set.similarity) RETURN_IF_ERROR(BenchSimilarity(set, model));
    RETURN_IF_ERROR(BenchPrecisions(set, model, narrow));
  }
  return absl::OkStatus();
}

int Main(const fs::path& model_dir, const fs::path& sets) {
  const std::vector<fs::path> directories = DirectoriesIn(sets);
  if (directories.empty()) {
    std::cerr << "quality: skipped, no evaluation sets in " << sets.string() << "\n";
    return kSkipped;
  }
  const absl::Status status = Bench(model_dir, directories);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace voisin::cli

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << argv[0] << " MODEL_DIR SETS_DIR\n";
    return 2;
  }
  return voisin::cli::Main(argv[1], argv[2]);
}
