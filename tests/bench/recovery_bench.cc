// How soon a start answers: after a clean stop, after kill -9, with many collections; and what an empty collection takes
// in memory.
//
//   recovery_bench [POINTS [COLLECTIONS]]
//
// Every step is a process of its own with an engine in it, so that what is killed is a process; files come from the
// system's cache. Times begin before the data directory is opened and end with the first answer to a search. `checked`:
// every point is counted, and searches find points by their own vectors.

#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench_engine.h"
#include "tests/bench/bench_line.h"
#include "tests/support/scratch_dir.h"

namespace voisin::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kDimensions = 384;
constexpr uint32_t kCentres = 1000;
constexpr int kBatch = 1000;
constexpr int kPointsEach = 10;  // of one of many collections
constexpr int kStarts = 3;
constexpr char kCollection[] = "points";

void AddNoise(uint32_t seed, float scale, std::vector<float>& vector) {
  std::mt19937 random(seed);
  for (float& x : vector) x += scale * (static_cast<float>(random()) / static_cast<float>(1u << 31) - 1);
}

// Around one of many centres, as embeddings are.
std::vector<float> VectorOf(int i) {
  std::vector<float> vector(kDimensions);
  AddNoise(static_cast<uint32_t>(i) % kCentres, 1, vector);
  AddNoise(kCentres + static_cast<uint32_t>(i), 0.5f, vector);
  return vector;
}

class Server : public BenchEngine {
 public:
  using BenchEngine::BenchEngine;

  void CreateEmpty(const std::string& id) {
    service::CollectionSpec spec;
    spec.id = id;
    spec.dimensions = kDimensions;
    Create(spec);
  }

  void AddPoints(const std::string& collection, int from, int to) {
    for (int begin = from; begin < to; begin += kBatch) {
      std::vector<float> rows;
      for (int i = begin; i < std::min(to, begin + kBatch); ++i) {
        const std::vector<float> vector = VectorOf(i);
        rows.insert(rows.end(), vector.begin(), vector.end());
      }
      Add(collection, begin, rows, kDimensions);
    }
  }

  bool FindsPoint(const std::string& collection, int i) { return Finds(collection, VectorOf(i), i); }

  bool Holds(int points) {
    for (int i = 0; i < 20; ++i) {
      if (!FindsPoint(kCollection, i * (points / 20))) return false;
    }
    return *blocking().Count(kCollection) == static_cast<uint64_t>(points);
  }
};

double SecondsSince(absl::Time start) { return absl::ToDoubleSeconds(absl::Now() - start); }

Figure TimeStart(const fs::path& data_dir, int points) {
  const absl::Time start = absl::Now();
  Server server(data_dir);
  Figure figure{0, server.FindsPoint(kCollection, points - 1)};
  figure.value = SecondsSince(start);
  figure.checked &= server.Holds(points);
  return figure;
}

// The median of `kStarts` starts of the same files.
Figure TimeStarts(const fs::path& data_dir, int points) {
  std::vector<double> times;
  bool checked = true;
  for (int i = 0; i < kStarts; ++i) {
    const fs::path copy = data_dir.parent_path() / "copy";
    fs::copy(data_dir, copy, fs::copy_options::recursive);
    const Figure figure = InChild([&] { return TimeStart(copy, points); });
    times.push_back(figure.value);
    checked &= figure.checked;
    fs::remove_all(copy);
  }
  return {Median(times), checked};
}

void PrintSeconds(const std::string& name, const Figure& figure) {
  Print("recovery", {.name = name,
                     .threads = std::thread::hardware_concurrency(),
                     .value = figure.value,
                     .unit = "s",
                     .checked = figure.checked});
}

// Killed when the last of all points was acknowledged, indexed in the background or not; stopped when all were indexed;
// killed again when a tenth had been written after that stop.
void BenchStarts(const fs::path& data_dir, int points) {
  const int more = points / 10;
  InChildDo([&] {
    Server server(data_dir);
    server.CreateEmpty(kCollection);
    server.AddPoints(kCollection, 0, points);
    raise(SIGKILL);
  });
  PrintSeconds(absl::StrCat("kill -9 after ingest, ", points), TimeStarts(data_dir, points));
  InChildDo([&] { Server(data_dir).WaitUntilIndexed(kCollection); });
  PrintSeconds(absl::StrCat("clean stop, ", points), TimeStarts(data_dir, points));
  InChildDo([&] {
    Server server(data_dir);
    server.AddPoints(kCollection, points, points + more);
    raise(SIGKILL);
  });
  PrintSeconds(absl::StrCat("kill -9, ", more, " written since a clean stop of ", points),
               TimeStarts(data_dir, points + more));
}

std::string NameOf(int i) { return absl::StrCat("c", i); }

Figure TimeManyStart(const fs::path& data_dir, int collections) {
  const absl::Time start = absl::Now();
  Server server(data_dir);
  Figure figure{0, server.FindsPoint(NameOf(0), 0)};
  figure.value = SecondsSince(start);
  for (int i = 0; i < collections; ++i) figure.checked &= server.FindsPoint(NameOf(i), i + kPointsEach - 1);
  return figure;
}

void BenchCollections(const fs::path& data_dir, int collections) {
  const auto resident_now = [&] {
    Server server(data_dir);
    return Figure{ResidentBytes()};
  };
  const double before = InChild(resident_now).value;
  InChildDo([&] {
    Server server(data_dir);
    for (int i = 0; i < collections; ++i) server.CreateEmpty(NameOf(i));
  });
  const double after = InChild(resident_now).value;
  Print("recovery", {.name = absl::StrCat("memory of one of ", collections, " empty collections"),
                     .value = (after - before) / collections / 1024,
                     .unit = "KiB"});
  PrintSeconds(absl::StrCat("start, ", collections, " empty collections"), InChild([&] {
                 const absl::Time start = absl::Now();
                 Server server(data_dir);
                 return Figure{SecondsSince(start)};
               }));
  InChildDo([&] {
    Server server(data_dir);
    for (int i = 0; i < collections; ++i) server.AddPoints(NameOf(i), i, i + kPointsEach);
  });
  PrintSeconds(absl::StrCat("start, ", collections, " collections of ", kPointsEach),
               InChild([&] { return TimeManyStart(data_dir, collections); }));
}

}  // namespace
}  // namespace voisin::bench

int main(int argc, char** argv) {
  const int points = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const int collections = argc > 2 ? std::atoi(argv[2]) : 1000;
  const voisin::test::ScratchDir scratch;
  if (collections > 0) voisin::bench::BenchCollections(scratch.path() / "many", collections);
  if (points > 0) voisin::bench::BenchStarts(scratch.path() / "one", points);
  return 0;
}
