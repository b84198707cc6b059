// usearch, in a process of its own: its package for Node.js is the one that needs no compiler.

#include <cstdlib>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/index_corpus.h"
#include "tests/bench/index_peers.h"
#include "tests/bench/piped_process.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

class UsearchPeer final : public Peer {
 public:
  UsearchPeer(std::string command, uint32_t dimensions, const IndexParams& params)
      : command_(std::move(command)), dimensions_(dimensions), params_(params) {}

  std::string name() const override { return "usearch 2.26.2 bf16"; }

  double Build(const float* rows, uint32_t count, int threads) override {
    WriteFloats(rows_file(), {rows, size_t{count} * dimensions_});
    return std::atof(Ask(absl::StrCat("build ", threads)).c_str());
  }

  Pass SearchAll(const float* queries, uint32_t count, uint32_t top_k, uint32_t ef) override {
    if (!std::filesystem::exists(queries_file())) {  // read once, too: the queries stay the same
      WriteFloats(queries_file(), {queries, size_t{count} * dimensions_});
    }
    std::istringstream answer(Ask(absl::StrCat("search ", top_k, " ", ef)));
    Pass pass;
    answer >> pass.seconds;
    pass.found.resize(count);
    for (std::vector<PointId>& ids : pass.found) {
      PointId id = 0;
      for (uint32_t i = 0; i < top_k && answer >> id; ++i) ids.push_back(id);
    }
    return pass;
  }

 private:
  std::filesystem::path rows_file() const { return scratch_.path() / "rows"; }
  std::filesystem::path queries_file() const { return scratch_.path() / "queries"; }

  std::string Ask(const std::string& question) {
    if (process_ == nullptr) {
      const std::string command =
          absl::StrCat(command_, " ", dimensions_, " ", rows_file().string(), " ", queries_file().string(),
                       " ", params_.m, " ", params_.ef_construction);
      process_ = std::make_unique<bench::PipedProcess>(command.c_str());
    }
    return process_->WriteLine(question) ? process_->ReadLine() : "";
  }

  const std::string command_;
  const uint32_t dimensions_;
  const IndexParams params_;
  const test::ScratchDir scratch_;
  std::unique_ptr<bench::PipedProcess> process_;
};

}  // namespace

std::unique_ptr<Peer> MakeUsearchPeer(const std::string& command, uint32_t dimensions,
                                      const IndexParams& params) {
  if (command.empty()) return nullptr;
  return std::make_unique<UsearchPeer>(command, dimensions, params);
}

}  // namespace voisin::index
