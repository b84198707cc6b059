// Search over our index beside Debian's faiss::IndexHNSWFlat on the same data: recall, queries a second,
// build time.
//
//   index_bench [points] [dimensions] [queries] [m] [ef_construction]
//
// Prints one JSON object a line. The exact answers that recall is counted against are checked with a plain scan.

#include <faiss/IndexHNSW.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/thread_pool.h"
#include "index/vector_index.h"

namespace voisin::index {
namespace {

struct Arguments {
  uint32_t points = 60000;
  uint32_t dimensions = 512;
  uint32_t queries = 1000;
  IndexParams params;
};

struct Data {
  std::vector<float> points;   // normalised rows
  std::vector<float> queries;  // normalised rows, of the same distribution
};

struct Line {
  std::string name;
  int threads = 1;
  double value = 0;
  const char* unit = "queries/s";
  std::optional<double> peer_value = {};
  std::optional<double> recall = {};
  bool checked = true;
  bool less_is_better = false;
};

constexpr uint32_t kScanned = 20;  // queries whose exact answers are checked
constexpr char kPeer[] = "faiss 1.7.3 IndexHNSWFlat";

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string Json(std::optional<double> value) {
  return value.has_value() ? absl::StrFormat("%.4f", *value) : "null";
}

void Print(const Line& line) {
  std::optional<double> ratio;
  if (line.peer_value.has_value()) {
    ratio = line.less_is_better ? *line.peer_value / line.value : line.value / *line.peer_value;
  }
  const std::string peer = line.peer_value.has_value() ? absl::StrCat("\"", kPeer, "\"") : "null";
  absl::PrintF(
      "{\"bench\":\"index\",\"case\":\"%s\",\"threads\":%d,\"value\":%.3f,\"unit\":\"%s\",\"peer\":%s,"
      "\"peer_value\":%s,\"ratio\":%s,\"recall\":%s,\"checked\":%s}\n",
      line.name, line.threads, line.value, line.unit, peer, Json(line.peer_value), Json(ratio),
      Json(line.recall), line.checked ? "true" : "false");
  std::fflush(stdout);
}

// Topics within topics, with most of the variation in a few directions, as sentence embeddings have.
class Generator {
 public:
  Generator(uint64_t seed, uint32_t dimensions) : random_(seed), dimensions_(dimensions) {
    for (int i = 0; i < kDirections; ++i) directions_.push_back(Gaussian(dimensions, 1));
    for (int i = 0; i < kTopics; ++i) topics_.push_back(Gaussian(kDirections, 1));
  }

  void Append(std::vector<float>& rows) {
    const std::vector<float>& topic = topics_[random_() % kTopics];
    const std::vector<float> offset = Gaussian(kDirections, 0.8);
    std::vector<float> row = Gaussian(dimensions_, 1.5);
    for (size_t i = 0; i < kDirections; ++i) {
      const float weight = topic[i] + offset[i];
      for (uint32_t j = 0; j < dimensions_; ++j) row[j] += weight * directions_[i][j];
    }
    double squares = 0;
    for (float x : row) squares += double{x} * x;
    for (float x : row) rows.push_back(static_cast<float>(x / std::sqrt(squares)));
  }

 private:
  static constexpr int kDirections = 40;
  static constexpr int kTopics = 300;

  std::vector<float> Gaussian(size_t length, double deviation) {
    std::normal_distribution<float> normal(0, static_cast<float>(deviation));
    std::vector<float> vector(length);
    for (float& x : vector) x = normal(random_);
    return vector;
  }

  std::mt19937_64 random_;
  const uint32_t dimensions_;
  std::vector<std::vector<float>> directions_;
  std::vector<std::vector<float>> topics_;
};

Data MakeData(const Arguments& arguments) {
  Data data;
  Generator generator(20240501, arguments.dimensions);
  for (uint32_t i = 0; i < arguments.points; ++i) generator.Append(data.points);
  for (uint32_t i = 0; i < arguments.queries; ++i) generator.Append(data.queries);
  return data;
}

std::span<const float> Row(const std::vector<float>& rows, uint32_t row, uint32_t dimensions) {
  return {rows.data() + size_t{row} * dimensions, dimensions};
}

double Overlap(const std::vector<PointId>& found, const std::vector<PointId>& truth) {
  double hits = 0;
  for (PointId id : truth) hits += std::find(found.begin(), found.end(), id) != found.end() ? 1 : 0;
  return truth.empty() ? 1 : hits / static_cast<double>(truth.size());
}

std::vector<PointId> Ids(const VectorIndex& index, const Query& query) {
  std::vector<PointId> ids;
  const absl::StatusOr<SearchResult> result = index.Search(query);
  if (!result.ok()) return ids;
  for (const Neighbor& neighbor : result->neighbors) ids.push_back(neighbor.id);
  return ids;
}

struct Measured {
  double per_second = 0;
  double recall = 0;
};

using SearchOne = std::function<std::vector<PointId>(uint32_t query)>;

Measured Measure(uint32_t queries, const std::vector<std::vector<PointId>>& truth, const SearchOne& search) {
  std::vector<std::vector<PointId>> found(queries);
  for (uint32_t i = 0; i < queries; ++i) found[i] = search(i);  // warm
  const double start = Seconds();
  for (uint32_t i = 0; i < queries; ++i) found[i] = search(i);
  const double seconds = Seconds() - start;
  double recall = 0;
  for (uint32_t i = 0; i < queries; ++i) recall += Overlap(found[i], truth[i]) / queries;
  return {queries / seconds, recall};
}

class Bench {
 public:
  explicit Bench(const Arguments& arguments) : arguments_(arguments), data_(MakeData(arguments)) {}

  int Run() {
    if (!BuildOurs()) return 1;
    BuildPeer();
    FindTruth();
    Print({.name = "build",
           .threads = Threads(),
           .value = ours_seconds_,
           .unit = "s",
           .peer_value = peer_seconds_,
           .checked = truth_checked_,
           .less_is_better = true});
    for (uint32_t ef : {32u, 64u, 128u, 256u, 512u}) CompareSearch(ef);
    for (uint32_t step : {2u, 3u, 5u, 10u, 100u, 1000u}) MeasureFiltered(step);
    return 0;
  }

 private:
  static int Threads() { return static_cast<int>(std::thread::hardware_concurrency()); }

  bool BuildOurs() {
    VectorIndex::Options options;
    options.dimensions = arguments_.dimensions;
    options.params = arguments_.params;
    auto opened = VectorIndex::Open(options, &pool_);
    if (!opened.ok()) return false;
    ours_ = std::move(opened->index);
    const double start = Seconds();
    for (uint32_t i = 0; i < arguments_.points; ++i) {
      if (!ours_->Add(i + 1, Row(data_.points, i, arguments_.dimensions)).ok()) return false;
    }
    ours_->WaitUntilIndexed();
    ours_seconds_ = Seconds() - start;
    return true;
  }

  void BuildPeer() {
    peer_ = std::make_unique<faiss::IndexHNSWFlat>(static_cast<int>(arguments_.dimensions),
                                                   static_cast<int>(arguments_.params.m),
                                                   faiss::METRIC_INNER_PRODUCT);
    peer_->hnsw.efConstruction = static_cast<int>(arguments_.params.ef_construction);
    const double start = Seconds();
    peer_->add(arguments_.points, data_.points.data());
    peer_seconds_ = Seconds() - start;
    omp_set_num_threads(1);
  }

  Query QueryOf(uint32_t i) const {
    Query query;
    query.vector = Row(data_.queries, i, arguments_.dimensions);
    return query;
  }

  void FindTruth() {
    for (uint32_t i = 0; i < arguments_.queries; ++i) {
      Query query = QueryOf(i);
      query.exact = true;
      truth_.push_back(Ids(*ours_, query));
    }
    for (uint32_t i = 0; i < std::min(arguments_.queries, kScanned); ++i) {
      if (Overlap(truth_[i], Scan(i)) < 1) truth_checked_ = false;
    }
  }

  // The ten greatest products, in double and without any of our kernels.
  std::vector<PointId> Scan(uint32_t query) const {
    const std::span<const float> q = Row(data_.queries, query, arguments_.dimensions);
    std::vector<std::pair<double, PointId>> scored;
    for (uint32_t i = 0; i < arguments_.points; ++i) {
      const std::span<const float> row = Row(data_.points, i, arguments_.dimensions);
      scored.emplace_back(-std::inner_product(q.begin(), q.end(), row.begin(), 0.0), i + 1);
    }
    std::partial_sort(scored.begin(), scored.begin() + 10, scored.end());
    std::vector<PointId> ids;
    for (int i = 0; i < 10; ++i) ids.push_back(scored[static_cast<size_t>(i)].second);
    return ids;
  }

  std::vector<PointId> SearchPeer(uint32_t i) const {
    constexpr faiss::Index::idx_t kHits = 10;
    float distances[kHits];
    faiss::Index::idx_t labels[kHits];
    peer_->search(1, Row(data_.queries, i, arguments_.dimensions).data(), kHits, distances, labels);
    std::vector<PointId> ids;
    for (faiss::Index::idx_t label : labels) ids.push_back(static_cast<PointId>(label + 1));
    return ids;
  }

  void CompareSearch(uint32_t ef) {
    peer_->hnsw.efSearch = static_cast<int>(ef);
    const Measured ours = Measure(arguments_.queries, truth_, [&](uint32_t i) {
      Query query = QueryOf(i);
      query.ef = ef;
      return Ids(*ours_, query);
    });
    const Measured peer = Measure(arguments_.queries, truth_, [&](uint32_t i) { return SearchPeer(i); });
    const std::string name = absl::StrCat("search ef ", ef);
    Print({.name = name,
           .value = ours.per_second,
           .peer_value = peer.per_second,
           .recall = ours.recall,
           .checked = truth_checked_});
    Print({.name = name + ", the peer's recall", .value = peer.per_second, .recall = peer.recall});
  }

  void MeasureFiltered(uint32_t step) {
    std::vector<PointId> ids;
    for (PointId id = 1; id <= arguments_.points; id += step) ids.push_back(id);
    const PointSet filter(ids);
    const uint32_t queries = std::min(arguments_.queries, 200u);
    std::vector<std::vector<PointId>> truth;
    for (uint32_t i = 0; i < queries; ++i) {
      Query query = QueryOf(i);
      query.filter = &filter;
      query.exact = true;
      truth.push_back(Ids(*ours_, query));
    }
    const Measured ours = Measure(queries, truth, [&](uint32_t i) {
      Query query = QueryOf(i);
      query.filter = &filter;
      return Ids(*ours_, query);
    });
    Print({.name = absl::StrCat("filter 1 of ", step),
           .value = ours.per_second,
           .recall = ours.recall,
           .checked = truth_checked_});
  }

  const Arguments arguments_;
  const Data data_;
  ThreadPool pool_{{.threads = 1, .low_priority = true}};
  std::unique_ptr<VectorIndex> ours_;
  std::unique_ptr<faiss::IndexHNSWFlat> peer_;
  double ours_seconds_ = 0;
  double peer_seconds_ = 0;
  std::vector<std::vector<PointId>> truth_;
  bool truth_checked_ = true;
};

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  uint32_t* const values[] = {&arguments.points, &arguments.dimensions, &arguments.queries,
                              &arguments.params.m, &arguments.params.ef_construction};
  for (int i = 1; i < argc && i <= 5; ++i) *values[i - 1] = static_cast<uint32_t>(std::atoi(argv[i]));
  return arguments;
}

}  // namespace
}  // namespace voisin::index

int main(int argc, char** argv) { return voisin::index::Bench(voisin::index::Parse(argc, argv)).Run(); }
