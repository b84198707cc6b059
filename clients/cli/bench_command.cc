#include <memory>
#include <ostream>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/bench_queries.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/load.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

struct BenchOptions {
  Remote remote;
  std::string collection;
  LoadOptions load;
  std::optional<uint64_t> requests;
  std::string texts;       // file
  uint32_t batch = 100;    // texts or documents in a request
  uint32_t sample = 1000;  // documents whose vectors are queries
  uint32_t recall_sample = 100;
  uint32_t top_k = 10;
  uint32_t ef = 0;
  bool vectors = false;  // upsert vectors, not texts
};

// One line of the form that all benchmarks of the project print.
struct Measured {
  std::string bench;
  std::string name;
  uint32_t threads = 0;
  std::optional<double> recall;
};

void PrintLine(const Measured& measured, std::string_view suffix, double value, std::string_view unit,
               std::ostream& out) {
  JsonLine line;
  line.Text("bench", measured.bench).Text("case", measured.name + std::string(suffix));
  line.Number("threads", measured.threads).Number("value", value).Text("unit", unit);
  line.Null("peer").Null("peer_value").Null("ratio");
  if (measured.recall) {
    line.Number("recall", *measured.recall);
  } else {
    line.Null("recall");
  }
  out << line.Bool("checked", true).str() << std::endl;
}

// `items` in each call.
void PrintResult(const Measured& measured, const LoadResult& result, double items, std::string_view unit,
                 std::ostream& out) {
  PrintLine(measured, "", result.PerSecond() * items, unit, out);
  PrintLine(measured, " p50", result.Percentile(0.5), "ms", out);
  PrintLine(measured, " p99", result.Percentile(0.99), "ms", out);
}

// One call: a search, or as many as a batch has.
absl::Status CallSearch(client::Client& client, const std::vector<v1::SearchRequest>& queries, uint64_t call,
                        uint32_t batch) {
  if (batch == 1) return client.Search(queries[call % queries.size()]).status();
  v1::BatchSearchRequest request;
  for (uint32_t i = 0; i < batch; ++i) *request.add_requests() = queries[(call * batch + i) % queries.size()];
  ASSIGN_OR_RETURN(const v1::BatchSearchResponse response, client.BatchSearch(request));
  for (const v1::BatchSearchResult& result : response.results()) {
    if (!result.has_error()) continue;
    return absl::InternalError("a search of a batch failed: " + result.error().message());
  }
  return absl::OkStatus();
}

absl::Status BenchSearch(const BenchOptions& options, client::Client& client, std::ostream& out) {
  ASSIGN_OR_RETURN(auto queries, MakeBenchQueries(client, CollectionName(options.collection), options.texts,
                                                  options.sample, options.top_k));
  for (v1::SearchRequest& query : queries) query.mutable_params()->set_ef(options.ef);
  ASSIGN_OR_RETURN(const LoadResult result, RunLoad(options.load, [&](uint64_t call) {
                     return CallSearch(client, queries, call, options.batch);
                   }));
  Measured measured{"search", options.texts.empty() ? "vector" : "text", options.load.clients, {}};
  measured.name += absl::StrCat(" k=", options.top_k, " clients=", options.load.clients);
  if (options.batch > 1) measured.name += absl::StrCat(" batch=", options.batch);
  if (options.ef > 0) measured.name += absl::StrCat(" ef=", options.ef);
  if (options.recall_sample > 0) {
    ASSIGN_OR_RETURN(measured.recall, MeasureRecall(client, queries, options.recall_sample));
  }
  PrintResult(measured, result, options.batch, "queries/s", out);
  return absl::OkStatus();
}

// A text of 12 words from a small vocabulary, different for each number.
std::string MadeUpText(uint64_t number) {
  static constexpr const char* kWords[] = {"river",  "engine", "paper",  "garden", "signal", "window",
                                           "music",  "stone",  "letter", "market", "winter", "copper",
                                           "forest", "bridge", "planet", "kitchen"};
  std::mt19937_64 random(number);
  std::string text = absl::StrCat("note ", number);
  for (int i = 0; i < 12; ++i) text += std::string(" ") + kWords[random() % std::size(kWords)];
  return text;
}

using TextMaker = std::function<std::string(uint64_t)>;

absl::StatusOr<TextMaker> MakeTexts(const BenchOptions& options) {
  if (options.texts.empty()) return TextMaker(MadeUpText);
  ASSIGN_OR_RETURN(auto lines, ReadNonEmptyLines(options.texts));
  return TextMaker([lines = std::move(lines)](uint64_t number) { return lines[number % lines.size()]; });
}

absl::Status BenchEmbed(const BenchOptions& options, client::Client& client, std::ostream& out) {
  ASSIGN_OR_RETURN(const TextMaker text, MakeTexts(options));
  ASSIGN_OR_RETURN(const LoadResult result, RunLoad(options.load, [&](uint64_t call) {
                     v1::EmbedRequest request;
                     request.set_truncation(v1::TRUNCATION_END);
                     for (uint32_t i = 0; i < options.batch; ++i)
                       request.add_texts(text(call * options.batch + i));
                     return client.Embed(request).status();
                   }));
  const Measured measured{"embed",
                          absl::StrCat("batch=", options.batch, " clients=", options.load.clients),
                          options.load.clients,
                          {}};
  PrintResult(measured, result, options.batch, "texts/s", out);
  return absl::OkStatus();
}

void FillRandomVector(uint64_t seed, uint32_t dimensions, v1::Document& document) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (uint32_t i = 0; i < dimensions; ++i) document.add_vector(normal(random));
}

absl::Status BenchUpsert(const BenchOptions& options, client::Client& client, std::ostream& out) {
  const std::string collection = CollectionName(options.collection);
  ASSIGN_OR_RETURN(const v1::Collection description, client.GetCollection(collection));
  ASSIGN_OR_RETURN(const TextMaker text, MakeTexts(options));
  const bool vectors = options.vectors || description.model().empty();
  ASSIGN_OR_RETURN(const LoadResult result, RunLoad(options.load, [&](uint64_t call) {
                     v1::UpsertDocumentsRequest request;
                     request.set_collection(collection);
                     request.set_truncation(v1::TRUNCATION_END);
                     for (uint32_t i = 0; i < options.batch; ++i) {
                       const uint64_t number = call * options.batch + i;
                       v1::Document& document = *request.add_documents();
                       document.set_id(absl::StrCat("bench-", number));
                       document.set_text(text(number));
                       if (vectors) FillRandomVector(number, description.dimensions(), document);
                     }
                     return client.UpsertDocuments(request).status();
                   }));
  const Measured measured{"upsert",
                          absl::StrCat(vectors ? "vectors" : "texts", " batch=", options.batch,
                                       " clients=", options.load.clients),
                          options.load.clients,
                          {}};
  PrintResult(measured, result, options.batch, "documents/s", out);
  return absl::OkStatus();
}

using Bench = absl::Status (*)(const BenchOptions&, client::Client&, std::ostream&);

absl::Status Check(const BenchOptions& options) {
  if (options.load.clients < 1 || options.load.clients > 1024)
    return UsageError("--clients: expected 1 to 1024");
  if (options.load.seconds <= 0 || options.load.seconds > 3600)
    return UsageError("--seconds: expected 0 to 3600");
  if (options.batch < 1 || options.batch > 4096) return UsageError("--batch: expected 1 to 4096");
  if (options.top_k < 1 || options.sample < 1) return UsageError("--top-k and --sample: expected 1 or more");
  return absl::OkStatus();
}

absl::Status RunBench(BenchOptions options, Bench bench, Context& context) {
  options.load.requests = options.requests.value_or(0);
  RETURN_IF_ERROR(Check(options));
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  return Explained(bench(options, *client, context.console.out), options.remote, context);
}

using Options = std::shared_ptr<BenchOptions>;

void Finish(Arguments& command, const Options& options, Bench bench) {
  options->remote.timeout = 60;
  command.Option("--clients", options->load.clients, "Callers at the same time (default 1)");
  command.Option("--seconds", options->load.seconds, "How long (default 10)");
  command.Option("--requests", options->requests, "At most so many calls");
  AddRemoteOptions(command, options->remote);
  command.Does([options, bench](Context& context) { return RunBench(*options, bench, context); });
}

void AddBenchSearch(Arguments& parent) {
  auto options = std::make_shared<BenchOptions>();
  options->batch = 1;
  Arguments command = parent.Command("search", "Searches per second, with recall beside them",
                                     "voisin bench search --collection packages --clients 8");
  command.Option("--collection", options->collection, "The collection").Needed("--collection");
  command.Option("--texts", options->texts, "File of queries, one a line (default: vectors of documents)");
  command.Option("--sample", options->sample, "Documents whose vectors are queries (default 1000)");
  command.Option("--recall-sample", options->recall_sample,
                 "Queries to compare with the exact answer; 0: none");
  command.Option("--batch", options->batch, "Searches in a call: BatchSearch (default 1: Search)");
  command.Option("-k,--top-k", options->top_k, "Hits of a search (default 10)");
  command.Option("--ef", options->ef, "Candidates of the graph walk (default: the collection's)");
  Finish(command, options, BenchSearch);
}

void AddBenchUpsert(Arguments& parent) {
  auto options = std::make_shared<BenchOptions>();
  Arguments command =
      parent.Command("upsert", "Durable documents per second; leaves documents bench-N behind",
                     "voisin bench upsert --collection scratch --clients 4 --batch 100");
  command.Option("--collection", options->collection, "The collection").Needed("--collection");
  command.Option("--texts", options->texts, "File of texts, one a line (default: made-up ones)");
  command.Option("--batch", options->batch, "Documents in a request (default 100)");
  command.Flag("--vectors", options->vectors, "Send random vectors, so that no text is embedded");
  Finish(command, options, BenchUpsert);
}

void AddBenchEmbed(Arguments& parent) {
  auto options = std::make_shared<BenchOptions>();
  Arguments command =
      parent.Command("embed", "Texts embedded per second", "voisin bench embed --clients 8 --batch 1");
  command.Option("--texts", options->texts, "File of texts, one a line (default: made-up ones)");
  command.Option("--batch", options->batch, "Texts in a request (default 100)");
  Finish(command, options, BenchEmbed);
}

}  // namespace

void AddBench(Arguments& root) {
  Arguments command = root.Command("bench", "Put load on a running server and measure");
  AddBenchSearch(command);
  AddBenchUpsert(command);
  AddBenchEmbed(command);
}

}  // namespace voisin::cli
