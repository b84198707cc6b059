// Our index beside Debian's FAISS, hnswlib and usearch on the same rows, graphs of the same parameters: build time, queries a second of
// one thread at equal recall, filters of every selectivity, the slowest searches while a graph is built.
//
//   index_bench CORPUS.fvecs SECTIONS [USEARCH]         the embedded corpus
//   index_bench [POINTS] [DIMENSIONS] [USEARCH]         rows made up
//
// USEARCH is the command of the peer usearch, see MakeUsearchPeer.
//
// Prints one JSON object a line. Searches of one thread are timed by its own clock, which stands while others run. The exact
// answers that recall is counted against are checked with a plain scan.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/thread_pool.h"
#include "index/vector_index.h"
#include "tests/bench/index_corpus.h"
#include "tests/bench/index_peers.h"

namespace voisin::index {
namespace {

using Answers = std::vector<std::vector<PointId>>;
using SearchOne = std::function<std::vector<PointId>(uint32_t query)>;

constexpr uint32_t kQueries = 1000;
constexpr uint32_t kScanned = 20;  // queries whose exact answers are checked
constexpr uint32_t kRounds = 3;
constexpr uint32_t kEfs[] = {16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768};

struct Line {
  std::string name;
  int threads = 1;
  double value = 0;
  const char* unit = "queries/s";
  std::string peer = {};  // empty: none
  double peer_value = 0;
  std::optional<double> recall = {};
  bool checked = true;
  bool less_is_better = false;
};

void Print(const Line& line) {
  const bool compared = !line.peer.empty();
  const double ratio = line.less_is_better ? line.peer_value / line.value : line.value / line.peer_value;
  absl::PrintF(
      "{\"bench\":\"index\",\"case\":\"%s\",\"threads\":%d,\"value\":%.3f,\"unit\":\"%s\",\"peer\":%s,"
      "\"peer_value\":%s,\"ratio\":%s,\"recall\":%s,\"checked\":%s}\n",
      line.name, line.threads, line.value, line.unit, compared ? absl::StrCat("\"", line.peer, "\"") : "null",
      compared ? absl::StrFormat("%.3f", line.peer_value) : "null",
      compared ? absl::StrFormat("%.3f", ratio) : "null",
      line.recall ? absl::StrFormat("%.4f", *line.recall) : "null", line.checked ? "true" : "false");
  std::fflush(stdout);
}

double Overlap(const std::vector<PointId>& found, const std::vector<PointId>& truth) {
  double hits = 0;
  for (PointId id : truth) hits += std::ranges::find(found, id) != found.end() ? 1 : 0;
  return truth.empty() ? 1 : hits / static_cast<double>(truth.size());
}

struct Measured {
  double per_second = 0;
  double recall = 0;
};

// The fastest of some passes after a first one that warms.
Measured Measure(const Answers& truth, const std::function<Pass()>& search_all) {
  const auto queries = static_cast<double>(truth.size());
  Measured measured;
  for (uint32_t round = 0; round <= kRounds; ++round) {
    const Pass pass = search_all();
    measured.recall = 0;
    for (size_t i = 0; i < truth.size(); ++i) measured.recall += Overlap(pass.found[i], truth[i]) / queries;
    if (round > 0) measured.per_second = std::max(measured.per_second, queries / pass.seconds);
  }
  return measured;
}

Measured MeasureEach(const Answers& truth, const SearchOne& search) {
  return Measure(truth, [&] {
    Pass pass;
    pass.found.resize(truth.size());
    const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
    for (uint32_t i = 0; i < truth.size(); ++i) pass.found[i] = search(i);
    pass.seconds = Seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    return pass;
  });
}

using Curve = std::map<uint32_t, Measured>;  // by ef

class Bench {
 public:
  // `usearch`: see MakeUsearchPeer.
  Bench(Corpus corpus, std::string usearch) : corpus_(std::move(corpus)), usearch_(std::move(usearch)) {}

  int Run() {
    double seconds = Seconds(CLOCK_MONOTONIC);
    ours_ = Build();
    if (ours_ == nullptr) return 1;
    seconds = Seconds(CLOCK_MONOTONIC) - seconds;
    const Answers truth = Truth(kQueries, nullptr);
    CheckTruth(truth);
    const Curve curve = CurveOf(
        [&](uint32_t ef) { return MeasureEach(truth, [&](uint32_t i) { return Search(i, ef, nullptr); }); });
    const IndexParams params;
    CompareIfThere(MakeHnswlibPeer(corpus_.dimensions, params), "hnswlib", seconds, truth, curve);
    CompareIfThere(MakeFaissPeer(corpus_.dimensions, params), "faiss", seconds, truth, curve);
    CompareIfThere(MakeUsearchPeer(usearch_, corpus_.dimensions, params), "usearch", seconds, truth, curve);
    MeasureFilters();
    MeasureDuringBuild();
    return 0;
  }

 private:
  static int Threads() { return static_cast<int>(std::thread::hardware_concurrency()); }

  std::unique_ptr<VectorIndex> Build() {
    VectorIndex::Options options;
    options.dimensions = corpus_.dimensions;
    auto opened = VectorIndex::Open(options, &pool_);
    if (!opened.ok()) return nullptr;
    for (uint32_t i = 0; i < corpus_.size(); ++i) {
      if (!opened->index->Add(i + 1, corpus_.point(i)).ok()) return nullptr;
    }
    opened->index->WaitUntilIndexed();
    return std::move(opened->index);
  }

  std::vector<PointId> Ask(const Query& query) const {
    std::vector<PointId> ids;
    const absl::StatusOr<SearchResult> result = ours_->Search(query);
    if (!result.ok()) return ids;
    for (const Neighbor& neighbor : result->neighbors) ids.push_back(neighbor.id);
    return ids;
  }

  std::vector<PointId> Search(uint32_t i, uint32_t ef, const PointSet* filter) const {
    return Ask({.vector = corpus_.query(i), .ef = ef, .filter = filter});
  }

  Answers Truth(uint32_t queries, const PointSet* filter) const {
    Answers truth;
    for (uint32_t i = 0; i < std::min(queries, corpus_.query_count()); ++i) {
      truth.push_back(Ask({.vector = corpus_.query(i), .exact = true, .filter = filter}));
    }
    return truth;
  }

  // The ten greatest products, in double and without any of our kernels; of equal ones other ids are as good.
  void CheckTruth(const Answers& truth) {
    for (uint32_t i = 0; i < std::min<size_t>(truth.size(), kScanned); ++i) {
      std::vector<double> scores;
      for (uint32_t row = 0; row < corpus_.size(); ++row) scores.push_back(Product(i, row));
      std::vector<double> best = scores;
      std::ranges::partial_sort(best, best.begin() + 10, std::greater<>());
      for (size_t k = 0; k < 10; ++k) {
        if (std::abs(scores[truth[i][k] - 1] - best[k]) > 1e-5) truth_checked_ = false;
      }
    }
  }

  double Product(uint32_t query, uint32_t row) const {
    const std::span<const float> q = corpus_.query(query), x = corpus_.point(row);
    return std::inner_product(q.begin(), q.end(), x.begin(), 0.0);
  }

  static Curve CurveOf(const std::function<Measured(uint32_t ef)>& measure) {
    Curve curve;
    for (uint32_t ef : kEfs) {
      curve[ef] = measure(ef);
      if (curve[ef].recall > 0.995) break;
    }
    return curve;
  }

  // The first that reaches the recall.
  static std::optional<Measured> At(const Curve& curve, double recall) {
    for (const auto& point : curve) {
      if (point.second.recall >= recall) return point.second;
    }
    return std::nullopt;
  }

  void CompareIfThere(const std::unique_ptr<Peer>& peer, const char* name, double seconds,
                      const Answers& truth, const Curve& ours) {
    if (peer != nullptr) return Compare(*peer, seconds, truth, ours);
    std::fprintf(stderr, "index_bench: %s is skipped, ./dev bench setup installs it\n", name);
  }

  void Compare(Peer& peer, double seconds, const Answers& truth, const Curve& ours) {
    Print({.name = "build",
           .threads = Threads(),
           .value = seconds,
           .unit = "s",
           .peer = peer.name(),
           .peer_value = peer.Build(corpus_.points.data(), corpus_.size(), Threads()),
           .less_is_better = true});
    const auto queries = static_cast<uint32_t>(truth.size());
    const Curve theirs = CurveOf([&](uint32_t ef) {
      return Measure(truth, [&] { return peer.SearchAll(corpus_.queries.data(), queries, 10, ef); });
    });
    for (double recall : {0.9, 0.95, 0.98, 0.99}) {
      const std::optional<Measured> a = At(ours, recall), b = At(theirs, recall);
      const std::string name = absl::StrCat("search at recall ", recall);
      if (a && b) {
        Print({.name = name,
               .value = a->per_second,
               .peer = peer.name(),
               .peer_value = b->per_second,
               .recall = a->recall,
               .checked = truth_checked_});
      } else {
        Print({.name = absl::StrCat(name, a ? ", not reached by " + peer.name() : ", not reached"),
               .value = a ? a->per_second : 0,
               .recall = a ? a->recall : 0,
               .checked = truth_checked_});
      }
    }
  }

  void MeasureFilters() {
    const uint32_t queries = std::min(200u, corpus_.query_count());
    const Measured all =
        MeasureEach(Truth(queries, nullptr), [&](uint32_t i) { return Search(i, 0, nullptr); });
    Print({.name = "search at defaults",
           .value = all.per_second,
           .recall = all.recall,
           .checked = truth_checked_});
    std::mt19937_64 random(1);
    for (uint32_t step : {2u, 10u, 100u, 1000u, 10000u}) {
      std::vector<PointId> ids;
      for (PointId id = 1; id <= corpus_.size(); ++id) {
        if (random() % step == 0) ids.push_back(id);
      }
      MeasureFilter(absl::StrCat("filter ", 100.0 / step, " %"), ids, queries, all);
    }
    std::map<std::string, std::vector<PointId>> sections;
    for (size_t i = 0; i < corpus_.sections.size(); ++i) sections[corpus_.sections[i]].push_back(i + 1);
    for (const char* name : {"libs", "python", "games", "mail"}) {
      if (sections.contains(name))
        MeasureFilter(absl::StrCat("filter section ", name), sections[name], queries, all);
    }
  }

  // Beside the same searches without the filter.
  void MeasureFilter(const std::string& name, const std::vector<PointId>& ids, uint32_t queries,
                     const Measured& all) {
    const PointSet filter(ids);
    const Measured ours =
        MeasureEach(Truth(queries, &filter), [&](uint32_t i) { return Search(i, 0, &filter); });
    Print({.name = absl::StrCat(name, ", ", ids.size(), " points"),
           .value = ours.per_second,
           .peer = "no filter",
           .peer_value = all.per_second,
           .recall = ours.recall,
           .checked = truth_checked_});
  }

  // Of single searches, by the wall clock.
  double SlowestPercent(const std::function<bool()>& go_on) const {
    std::vector<double> seconds;
    for (uint32_t i = 0; go_on(); i = (i + 1) % corpus_.query_count()) {
      const double start = Seconds(CLOCK_MONOTONIC);
      Search(i, 0, nullptr);
      seconds.push_back(Seconds(CLOCK_MONOTONIC) - start);
    }
    std::ranges::sort(seconds);
    return seconds.empty() ? 0 : seconds[seconds.size() * 99 / 100] * 1e3;
  }

  void MeasureDuringBuild() {
    const double end = Seconds(CLOCK_MONOTONIC) + 5;
    const double idle = SlowestPercent([&] { return Seconds(CLOCK_MONOTONIC) < end; });
    std::atomic<bool> done{false};
    std::thread builder([&] {
      Build();
      done = true;
    });
    const double busy = SlowestPercent([&] { return !done.load(); });
    builder.join();
    Print({.name = "search p99 while a graph is built",
           .value = busy,
           .unit = "ms",
           .peer = "no build",
           .peer_value = idle,
           .less_is_better = true});
  }

  const Corpus corpus_;
  const std::string usearch_;
  ThreadPool pool_{{.threads = 1, .nice = kBackgroundNice}};
  std::unique_ptr<VectorIndex> ours_;
  bool truth_checked_ = true;
};

Corpus FromArguments(int argc, char** argv) {
  if (argc > 2 && std::atoi(argv[1]) == 0) return ReadCorpus(argv[1], argv[2], kQueries);
  const auto number = [&](int i, uint32_t absent) {
    return argc > i ? static_cast<uint32_t>(std::atoi(argv[i])) : absent;
  };
  return MakeCorpus(number(1, 60000), number(2, 512), kQueries);
}

}  // namespace
}  // namespace voisin::index

int main(int argc, char** argv) {
  voisin::index::Corpus corpus = voisin::index::FromArguments(argc, argv);
  if (corpus.dimensions == 0 || corpus.size() < 10) {
    std::fputs("index_bench: no rows in the corpus\n", stderr);
    return 1;
  }
  return voisin::index::Bench(std::move(corpus), argc > 3 ? argv[3] : "").Run();
}
