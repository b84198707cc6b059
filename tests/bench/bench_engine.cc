#include "tests/bench/bench_engine.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"

namespace voisin::bench {
namespace {

std::unique_ptr<service::Engine> Open(const std::filesystem::path& data_dir) {
  service::Engine::Options options;
  options.data_dir = data_dir;
  options.models_dir = data_dir / "models";
  auto opened = service::Engine::Open(options);
  if (!opened.ok()) Die(opened.status());
  return *std::move(opened);
}

}  // namespace

void Die(const absl::Status& status) {
  std::cerr << "benchmark: " << status << std::endl;
  std::_Exit(1);
}

BenchEngine::BenchEngine(const std::filesystem::path& data_dir)
    : engine_(Open(data_dir)), blocking_(*engine_) {
  engine_->WaitUntilReady();
}

void BenchEngine::Create(const service::CollectionSpec& spec) {
  if (const auto made = blocking_.CreateCollection(spec); !made.ok()) Die(made.status());
}

void BenchEngine::Add(const std::string& collection, int first, std::span<const float> rows,
                      uint32_t dimensions) {
  service::UpsertRequest request;
  request.collection = collection;
  for (; !rows.empty(); rows = rows.subspan(dimensions)) {
    storage::Document& document = request.documents.emplace_back();
    document.id = std::to_string(first++);
    document.vector.assign(rows.begin(), rows.begin() + dimensions);
  }
  if (const auto added = blocking_.Upsert(std::move(request)); !added.ok()) Die(added.status());
}

void BenchEngine::WaitUntilIndexed(const std::string& collection) {
  while (blocking_.GetCollection(collection)->indexed_fraction < 0.95) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

bool BenchEngine::Finds(const std::string& collection, std::span<const float> vector, int number) {
  service::SearchRequest request;
  request.collection = collection;
  request.vector.emplace(vector.begin(), vector.end());
  request.top_k = 1;
  const auto result = blocking_.Search(std::move(request));
  return result.ok() && result->hits.size() == 1 && result->hits[0].document.id == std::to_string(number);
}

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

double ResidentBytes() {
  double total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace voisin::bench
