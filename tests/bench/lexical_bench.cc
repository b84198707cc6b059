// Searches by words over the descriptions of Debian's packages: the lexical index on one thread beside exhaustive BM25,
// then, through the engine, what the words add to the latency of a search by meaning.
//
//   lexical_bench MODEL_DIR TEXTS VECTORS [QUERIES]
//
// TEXTS: JSON Lines with a member "text"; VECTORS: their rows of the model, as .fvecs. Queries are five words that stand
// beside each other in a text. Every answer is checked against the exhaustive scores. Prints one JSON object a line. Exit
// status 77: a file is missing.
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/thread_pool.h"
#include "clients/cli/json_value.h"
#include "tests/bench/bench_line.h"
#include "tests/bench/lexical_truth.h"
#include "tests/support/blocking_engine.h"
#include "tests/support/scratch_dir.h"

namespace voisin::bench {
namespace {

namespace fs = std::filesystem;
using service::SearchMode;
using Queries = std::vector<std::string>;

constexpr int kSkipped = 77;
constexpr uint32_t kTopK = 10;
constexpr size_t kWordsOfQuery = 5;
constexpr int kRounds = 5;
constexpr size_t kDocumentsOfUpsert = 1000;
constexpr char kCollection[] = "packages";

double Seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

absl::StatusOr<Documents> ReadDocuments(const char* texts, const char* vectors) {
  Documents documents;
  std::ifstream lines(texts), rows(vectors, std::ios::binary);
  int32_t length = 0;
  for (std::string line; std::getline(lines, line);) {
    ASSIGN_OR_RETURN(const cli::Json json, cli::ParseJson(line));
    const cli::Json* text = json.Find("text");
    rows.read(reinterpret_cast<char*>(&length), sizeof(length));
    if (text == nullptr || text->string() == nullptr || !rows || length < 1) {
      return absl::DataLossError(
          absl::StrCat("line ", documents.size() + 1, ": expected a text and its vector"));
    }
    storage::Document& document = documents.emplace_back();
    document.id = absl::StrCat(documents.size() - 1);
    document.text = *text->string();
    document.vector.resize(static_cast<size_t>(length));
    rows.read(reinterpret_cast<char*>(document.vector.data()), std::streamsize{length} * 4);
  }
  if (!rows) return absl::DataLossError(absl::StrCat(vectors, " ends early"));
  return documents;
}

Queries MakeQueries(const Documents& documents, const encoder::SharedAnalyzer& analyzer, size_t count) {
  std::mt19937_64 random(20240501);
  Queries queries;
  while (queries.size() < count) {
    const std::string& text = documents[random() % documents.size()].text;
    const std::vector<encoder::AnalyzedWord> words = analyzer.Analyze(text);
    if (words.size() < kWordsOfQuery) continue;
    const size_t first = random() % (words.size() - kWordsOfQuery + 1);
    const uint32_t begin = words[first].begin, end = words[first + kWordsOfQuery - 1].end;
    queries.push_back(text.substr(begin, end - begin));
  }
  return queries;
}

// Searches a second of this thread's own time, the median of some rounds.
template <typename Search>
double PerSecond(const Queries& queries, Search search) {
  std::vector<double> rates;
  for (int round = 0; round < kRounds; ++round) {
    const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
    for (const std::string& query : queries) search(query);
    rates.push_back(static_cast<double>(queries.size()) / (Seconds(CLOCK_THREAD_CPUTIME_ID) - start));
  }
  return Median(rates);
}

// The lexical index alone, from the text of a query to its best ten.
absl::Status BenchIndex(const Documents& documents, const Queries& queries,
                        const encoder::SharedAnalyzer& analyzer, const LexicalTruth& truth) {
  ThreadPool background({.nice = kBackgroundNice});
  ASSIGN_OR_RETURN(const auto opened, index::LexicalIndex::Open({}, &background));
  index::LexicalIndex& words = *opened.index;
  const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
  for (size_t row = 0; row < documents.size(); ++row) {
    RETURN_IF_ERROR(words.Add(row + 1, service::ToIndex(service::TermsOf(documents[row].text, analyzer))));
  }
  Print("lexical",
        {.name = "analyse and add",
         .value = static_cast<double>(documents.size()) / (Seconds(CLOCK_THREAD_CPUTIME_ID) - start),
         .unit = "documents/s"});
  words.WaitUntilIndexed();
  const auto search = [&](const std::string& text) {
    return words.Search({service::QueryTermsOf(text, analyzer), kTopK});
  };
  bool right = true;
  for (const std::string& text : queries) {
    ASSIGN_OR_RETURN(const index::LexicalResult result, search(text));
    const Scores scores = truth.Score(service::QueryTermsOf(text, analyzer)), best = BestOf(scores, kTopK);
    right = right && result.neighbors.size() == best.size();
    for (size_t i = 0; right && i < best.size(); ++i) {
      right = Near(result.neighbors[i].score, best[i]) &&
              Near(result.neighbors[i].score, scores[result.neighbors[i].id - 1]);
    }
  }
  const double ours = PerSecond(queries, [&](const std::string& text) { (void)search(text); });
  const double exhaustive = PerSecond(queries, [&](const std::string& text) {
    (void)BestOf(truth.Score(service::QueryTermsOf(text, analyzer)), kTopK);
  });
  Print("lexical", {.name = absl::StrCat(documents.size(), " texts, queries of ", kWordsOfQuery, " words"),
                    .value = ours,
                    .unit = "queries/s",
                    .peer = "exhaustive BM25",
                    .peer_value = exhaustive,
                    .recall = {},
                    .checked = right});
  const index::LexicalStats stats = words.Stats();
  Print("lexical", {.name = "memory",
                    .value = static_cast<double>(stats.memory_bytes) / static_cast<double>(stats.points),
                    .unit = "bytes/document",
                    .recall = {}});
  return absl::OkStatus();
}

absl::Status Fill(test::BlockingEngine& engine, const Documents& documents) {
  for (size_t from = 0; from < documents.size(); from += kDocumentsOfUpsert) {
    const size_t to = std::min(from + kDocumentsOfUpsert, documents.size());
    service::UpsertRequest request;
    request.collection = kCollection;
    request.documents.assign(documents.begin() + static_cast<ptrdiff_t>(from),
                             documents.begin() + static_cast<ptrdiff_t>(to));
    RETURN_IF_ERROR(engine.Upsert(std::move(request)).status());
  }
  for (;;) {  // until all but what still grows is behind graphs
    ASSIGN_OR_RETURN(const service::CollectionInfo info, engine.GetCollection(kCollection));
    const double scanned = (1 - info.indexed_fraction) * static_cast<double>(info.document_count);
    if (scanned < service::Engine::Options().seal_points) return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

service::SearchRequest RequestOf(const std::string& text, SearchMode mode) {
  service::SearchRequest request;
  request.collection = kCollection;
  request.text = text;
  request.mode = mode;
  request.top_k = kTopK;
  request.mask = {.text = false, .metadata = false};
  return request;
}

// The hits' lexical scores are those of their documents; by words alone no better ones are missing.
bool IsRight(const service::SearchResult& result, SearchMode mode, const Scores& scores) {
  const Scores best = BestOf(scores, kTopK);
  if (mode == SearchMode::lexical && result.hits.size() != best.size()) return false;
  for (size_t i = 0; i < result.hits.size(); ++i) {
    const double found = double{result.hits[i].match.lexical_score};
    const uint32_t row = static_cast<uint32_t>(std::stoul(result.hits[i].document.id));
    if (mode != SearchMode::dense && !Near(found, scores[row])) return false;
    if (mode == SearchMode::lexical && !Near(found, best[i])) return false;
  }
  return true;
}

struct Latencies {
  std::vector<double> dense, lexical, hybrid;  // milliseconds
  std::vector<double>& Of(SearchMode mode) {
    return mode == SearchMode::dense ? dense : mode == SearchMode::lexical ? lexical : hybrid;
  }
};

// One call at a time; every query in each mode, one after the other, so that a noisy moment meets all.
absl::Status BenchEngine(const fs::path& model_dir, const Documents& documents, const Queries& queries,
                         const encoder::SharedAnalyzer& analyzer, const LexicalTruth& truth) {
  const test::ScratchDir scratch;
  service::Engine::Options options;
  options.data_dir = scratch.path();
  options.models_dir = model_dir.parent_path();
  options.default_model = model_dir.filename();
  options.embedding_cache_bytes = 0;  // every query is encoded
  ASSIGN_OR_RETURN(const auto opened, service::Engine::Open(options));
  opened->WaitUntilReady();
  test::BlockingEngine engine(*opened);
  service::CollectionSpec spec;
  spec.id = kCollection;
  spec.model = options.default_model;
  RETURN_IF_ERROR(engine.CreateCollection(spec).status());
  RETURN_IF_ERROR(Fill(engine, documents));
  constexpr SearchMode kModes[] = {SearchMode::dense, SearchMode::lexical, SearchMode::hybrid};
  Latencies latencies;
  bool right = true;
  for (int round = 0; round < kRounds; ++round) {
    for (const std::string& text : queries) {
      for (const SearchMode mode : kModes) {
        const double start = Seconds(CLOCK_MONOTONIC);
        ASSIGN_OR_RETURN(const service::SearchResult result, engine.Search(RequestOf(text, mode)));
        latencies.Of(mode).push_back((Seconds(CLOCK_MONOTONIC) - start) * 1e3);
        if (round > 0) continue;
        right = right && IsRight(result, mode, truth.Score(service::QueryTermsOf(text, analyzer)));
      }
    }
  }
  const double dense = Median(latencies.dense), hybrid = Median(latencies.hybrid);
  Line line{.name = "engine, DENSE p50", .value = dense, .unit = "ms", .recall = {}, .checked = right};
  Print("lexical", line);
  line.name = "engine, LEXICAL p50";
  line.value = Median(latencies.lexical);
  Print("lexical", line);
  line.name = "engine, HYBRID p50 less DENSE p50";
  line.value = hybrid - dense;
  Print("lexical", line);
  line.name = "engine, HYBRID p50";
  line.value = hybrid;
  line.peer = "DENSE";
  line.peer_value = dense;
  line.less_is_better = true;
  Print("lexical", line);
  return absl::OkStatus();
}

absl::Status Bench(const fs::path& model_dir, const Documents& documents, size_t query_count) {
  ASSIGN_OR_RETURN(const auto analyzer, encoder::SharedAnalyzer::Create("en"));
  const LexicalTruth truth(documents, *analyzer);
  const Queries queries = MakeQueries(documents, *analyzer, query_count);
  RETURN_IF_ERROR(BenchIndex(documents, queries, *analyzer, truth));
  return BenchEngine(model_dir, documents, queries, *analyzer, truth);
}

int Main(int argc, char** argv) {
  for (int i = 1; i < 4; ++i) {
    if (fs::exists(argv[i])) continue;
    std::cerr << "lexical: skipped, no " << argv[i] << "\n";
    return kSkipped;
  }
  const absl::StatusOr<Documents> documents = ReadDocuments(argv[2], argv[3]);
  absl::Status status = documents.status();
  if (status.ok()) status = Bench(argv[1], *documents, argc > 4 ? std::stoul(argv[4]) : 1000);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace voisin::bench

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: " << argv[0] << " MODEL_DIR TEXTS VECTORS [QUERIES]\n";
    return 2;
  }
  return voisin::bench::Main(argc, argv);
}
