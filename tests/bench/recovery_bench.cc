// How soon a start answers: after a clean stop, after kill -9, with many collections; and what an empty collection takes
// in memory.
//
//   recovery_bench [POINTS [COLLECTIONS]]
//
// Every step is a process of its own with an engine in it, so that what is killed is a process; files come from the
// system's cache. Times begin before the data directory is opened and end with the first answer to a search. `checked`:
// every point is counted, and searches find points by their own vectors.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench_line.h"
#include "tests/support/blocking_engine.h"
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

[[noreturn]] void Die(const absl::Status& status) {
  std::cerr << "recovery_bench: " << status << std::endl;
  std::_Exit(1);
}

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

// An engine over a data directory. What fails ends the process.
class Server {
 public:
  explicit Server(const fs::path& data_dir) : engine_(Open(data_dir)), blocking_(*engine_) {
    engine_->WaitUntilReady();
  }

  void Create(const std::string& id) {
    service::CollectionSpec spec;
    spec.id = id;
    spec.dimensions = kDimensions;
    if (const auto made = blocking_.CreateCollection(spec); !made.ok()) Die(made.status());
  }

  void Add(const std::string& collection, int from, int to) {
    for (int begin = from; begin < to; begin += kBatch) {
      service::UpsertRequest request;
      request.collection = collection;
      for (int i = begin; i < std::min(to, begin + kBatch); ++i) {
        request.documents.emplace_back();
        request.documents.back().id = std::to_string(i);
        request.documents.back().vector = VectorOf(i);
      }
      if (const auto added = blocking_.Upsert(std::move(request)); !added.ok()) Die(added.status());
    }
  }

  void WaitUntilIndexed() {
    while (blocking_.GetCollection(kCollection)->indexed_fraction < 0.95) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  bool Finds(const std::string& collection, int i) {
    service::SearchRequest request;
    request.collection = collection;
    request.vector = VectorOf(i);
    request.top_k = 1;
    const auto result = blocking_.Search(std::move(request));
    return result.ok() && result->hits.size() == 1 && result->hits[0].document.id == std::to_string(i);
  }

  bool Holds(int points) {
    for (int i = 0; i < 20; ++i) {
      if (!Finds(kCollection, i * (points / 20))) return false;
    }
    return *blocking_.Count(kCollection) == static_cast<uint64_t>(points);
  }

 private:
  static std::unique_ptr<service::Engine> Open(const fs::path& data_dir) {
    service::Engine::Options options;
    options.data_dir = data_dir;
    options.models_dir = data_dir / "models";
    auto opened = service::Engine::Open(options);
    if (!opened.ok()) Die(opened.status());
    return *std::move(opened);
  }

  const std::unique_ptr<service::Engine> engine_;
  test::BlockingEngine blocking_;
};

struct Figure {
  double value = 0;
  bool checked = true;
};

// Runs `work` in a child and returns what it returns; nothing when it was killed by itself.
Figure InChild(const std::function<Figure()>& work) {
  int ends[2];
  if (pipe(ends) != 0) Die(absl::InternalError("no pipe"));
  const pid_t child = fork();
  if (child == 0) {
    const Figure figure = work();
    std::_Exit(write(ends[1], &figure, sizeof(figure)) == sizeof(figure) ? 0 : 1);
  }
  close(ends[1]);
  Figure figure;
  (void)!read(ends[0], &figure, sizeof(figure));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (!killed && status != 0) Die(absl::InternalError(absl::StrCat("a child ended with status ", status)));
  return figure;
}

void InChildDo(const std::function<void()>& work) {
  InChild([&] {
    work();
    return Figure();
  });
}

double SecondsSince(absl::Time start) { return absl::ToDoubleSeconds(absl::Now() - start); }

Figure TimeStart(const fs::path& data_dir, int points) {
  const absl::Time start = absl::Now();
  Server server(data_dir);
  Figure figure{0, server.Finds(kCollection, points - 1)};
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
    server.Create(kCollection);
    server.Add(kCollection, 0, points);
    raise(SIGKILL);
  });
  PrintSeconds(absl::StrCat("kill -9 after ingest, ", points), TimeStarts(data_dir, points));
  InChildDo([&] { Server(data_dir).WaitUntilIndexed(); });
  PrintSeconds(absl::StrCat("clean stop, ", points), TimeStarts(data_dir, points));
  InChildDo([&] {
    Server server(data_dir);
    server.Add(kCollection, points, points + more);
    raise(SIGKILL);
  });
  PrintSeconds(absl::StrCat("kill -9, ", more, " written since a clean stop of ", points),
               TimeStarts(data_dir, points + more));
}

// Resident bytes of this process.
double Resident() {
  double total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::string NameOf(int i) { return absl::StrCat("c", i); }

Figure TimeManyStart(const fs::path& data_dir, int collections) {
  const absl::Time start = absl::Now();
  Server server(data_dir);
  Figure figure{0, server.Finds(NameOf(0), 0)};
  figure.value = SecondsSince(start);
  for (int i = 0; i < collections; ++i) figure.checked &= server.Finds(NameOf(i), i + kPointsEach - 1);
  return figure;
}

void BenchCollections(const fs::path& data_dir, int collections) {
  const auto resident_now = [&] {
    Server server(data_dir);
    return Figure{Resident()};
  };
  const double before = InChild(resident_now).value;
  InChildDo([&] {
    Server server(data_dir);
    for (int i = 0; i < collections; ++i) server.Create(NameOf(i));
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
    for (int i = 0; i < collections; ++i) server.Add(NameOf(i), i, i + kPointsEach);
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
