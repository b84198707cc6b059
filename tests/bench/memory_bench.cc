// What a collection takes in memory under each vector storage, and what that costs its searches.
//
//   memory_bench [POINTS [STORAGE...]]     STORAGE: FLOAT32, FLOAT16, INT8; none: all three
//
// Rows of 384 numbers that are made up (see MakeCorpus). Every step is a process of its own with an engine in it: one
// writes, builds and compacts; another opens what was written, answers queries that are not among the rows, one at a
// time, and then looks at its resident memory: the whole server's, caches and mapped files too. Exact searches count
// the recall after that.

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench_engine.h"
#include "tests/bench/bench_line.h"
#include "tests/bench/index_corpus.h"
#include "tests/support/scratch_dir.h"

namespace voisin::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kDimensions = 384;
constexpr uint32_t kQueries = 1000;
constexpr uint32_t kCounted = 100;  // queries whose recall is counted
constexpr uint32_t kBatch = 1000;
constexpr double kMiB = 1 << 20;
constexpr char kCollection[] = "points";

struct Storage {
  std::string name;
  index::VectorStorage storage;
};
const Storage kStorages[] = {{"FLOAT32", index::VectorStorage::float32},
                             {"FLOAT16", index::VectorStorage::float16},
                             {"INT8", index::VectorStorage::int8}};

// What the steps leave each other.
struct Places {
  fs::path data_dir;
  fs::path queries;  // rows of floats
};

void Write(const Places& places, uint32_t points, index::VectorStorage storage) {
  const index::Corpus corpus = index::MakeCorpus(points, kDimensions, kQueries);
  index::WriteFloats(places.queries, corpus.queries);
  service::CollectionSpec spec;
  spec.id = kCollection;
  spec.dimensions = kDimensions;
  spec.vector_storage = storage;
  BenchEngine engine(places.data_dir);
  engine.Create(spec);
  const std::span<const float> rows = corpus.points;
  for (uint32_t row = 0; row < points; row += kBatch) {
    const size_t count = std::min(kBatch, points - row);
    engine.Add(kCollection, static_cast<int>(row),
               rows.subspan(size_t{row} * kDimensions, count * kDimensions), kDimensions);
  }
  const auto compacted = engine.blocking().CompactCollection(kCollection);  // every point behind a graph
  if (!compacted.ok()) Die(compacted.status());
}

index::Corpus ReadQueries(const fs::path& file) {
  index::Corpus corpus{.dimensions = kDimensions, .points = {}, .queries = {}, .sections = {}};
  corpus.queries.resize(size_t{kQueries} * kDimensions);
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(corpus.queries.data()),
            static_cast<std::streamsize>(corpus.queries.size() * sizeof(float)));
  return corpus;
}

service::SearchRequest RequestOf(const index::Corpus& corpus, uint32_t query) {
  service::SearchRequest request;
  request.collection = kCollection;
  const std::span<const float> vector = corpus.query(query);
  request.vector.emplace(vector.begin(), vector.end());
  request.mask = {.text = false, .metadata = false, .vector = false};
  return request;
}

std::vector<service::Hit> HitsOf(BenchEngine& engine, service::SearchRequest request) {
  auto result = engine.blocking().Search(std::move(request));
  if (!result.ok()) Die(result.status());
  return std::move(result->hits);
}

double RecallOf(BenchEngine& engine, const index::Corpus& corpus) {
  double found = 0, all = 0;
  for (uint32_t query = 0; query < kCounted; ++query) {
    service::SearchRequest request = RequestOf(corpus, query);
    const std::vector<service::Hit> hits = HitsOf(engine, request);
    request.exact = true;
    const std::vector<service::Hit> truth = HitsOf(engine, request);
    all += static_cast<double>(truth.size());
    for (const service::Hit& hit : truth) {
      found += std::ranges::find(hits, hit.point, &service::Hit::point) != hits.end() ? 1 : 0;
    }
  }
  return found / all;
}

void PrintFigures(const Places& places, const std::string& name) {
  const index::Corpus corpus = ReadQueries(places.queries);
  BenchEngine engine(places.data_dir);
  for (uint32_t query = 0; query < kQueries; ++query) HitsOf(engine, RequestOf(corpus, query));  // warms
  const absl::Time start = absl::Now();
  for (uint32_t query = 0; query < kQueries; ++query) HitsOf(engine, RequestOf(corpus, query));
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  const double resident = ResidentBytes();
  const auto info = engine.blocking().GetCollection(kCollection);
  if (!info.ok()) Die(info.status());
  const double recall = RecallOf(engine, corpus);
  Print("memory",
        {.name = name + ", search k=10", .value = kQueries / seconds, .unit = "queries/s", .recall = recall});
  Print("memory", {.name = name + ", resident after searches",
                   .value = resident / kMiB,
                   .unit = "MiB",
                   .recall = recall});
  Print("memory", {.name = name + ", memory_bytes of the collection",
                   .value = static_cast<double>(info->memory_bytes) / kMiB,
                   .unit = "MiB"});
}

void Bench(const Storage& storage, uint32_t points) {
  const test::ScratchDir scratch;
  const Places places{scratch.path() / "data", scratch.path() / "queries"};
  InChildDo([&] { Write(places, points, storage.storage); });
  InChildDo([&] { PrintFigures(places, absl::StrCat(storage.name, " ", points, " x ", kDimensions)); });
}

}  // namespace
}  // namespace voisin::bench

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto points = static_cast<uint32_t>(words.empty() ? 100'000 : std::atoi(words[0].c_str()));
  for (const auto& storage : voisin::bench::kStorages) {
    const bool wanted =
        words.size() < 2 || std::find(words.begin() + 1, words.end(), storage.name) != words.end();
    if (wanted) voisin::bench::Bench(storage, points);
  }
  return 0;
}
