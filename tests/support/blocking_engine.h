#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "service/engine.h"

namespace voisin::test {

// One answer that another thread brings.
template <typename T>
class Answer {
 public:
  service::Callback<T> callback() const {
    return [state = state_](absl::StatusOr<T> result) {
      MutexLock lock(state->mutex);
      state->result = std::move(result);
      ++state->calls;
      state->arrived.notify_all();
    };
  }
  absl::StatusOr<T> Wait() const {
    MutexLock lock(state_->mutex);
    while (!state_->result) state_->arrived.wait(state_->mutex);
    return *state_->result;
  }
  // How often the callback was called so far.
  int calls() const {
    MutexLock lock(state_->mutex);
    return state_->calls;
  }

 private:
  struct State {
    Mutex mutex;
    CondVar arrived;
    std::optional<absl::StatusOr<T>> result ABSL_GUARDED_BY(mutex);
    int calls ABSL_GUARDED_BY(mutex) = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Every method of an Engine as a call that waits for the answer. The engine outlives it. Thread-safe.
class BlockingEngine {
 public:
  explicit BlockingEngine(service::Engine& engine) : engine_(engine) {}
  service::Engine& engine() { return engine_; }

  auto ListModels() {
    return Await<std::vector<service::ModelStatus>>([&](auto done) { engine_.ListModels(done); });
  }
  auto GetModel(std::string name) {
    return Await<service::ModelStatus>([&](auto done) { engine_.GetModel(name, done); });
  }
  auto Embed(service::EmbedRequest request, service::CallContext context = {}) {
    return Await<service::EmbedResult>([&](auto done) { engine_.Embed(request, context, done); });
  }
  auto Tokenize(service::TokenizeRequest request, service::CallContext context = {}) {
    return Await<std::vector<std::vector<service::Token>>>(
        [&](auto done) { engine_.Tokenize(request, context, done); });
  }
  auto Similarity(service::SimilarityRequest request, service::CallContext context = {}) {
    return Await<std::vector<float>>([&](auto done) { engine_.Similarity(request, context, done); });
  }

  auto CreateCollection(service::CollectionSpec spec) {
    return Await<service::CollectionInfo>([&](auto done) { engine_.CreateCollection(spec, done); });
  }
  auto GetCollection(std::string id) {
    return Await<service::CollectionInfo>([&](auto done) { engine_.GetCollection(id, done); });
  }
  auto ListCollections() {
    return Await<std::vector<service::CollectionInfo>>([&](auto done) { engine_.ListCollections(done); });
  }
  auto UpdateCollection(std::string id, service::CollectionParams params) {
    return Await<service::CollectionInfo>([&](auto done) { engine_.UpdateCollection(id, params, done); });
  }
  auto MeasureRecall(service::RecallRequest request, service::CallContext context = {}) {
    return Await<service::RecallReport>([&](auto done) { engine_.MeasureRecall(request, context, done); });
  }
  auto CompactCollection(std::string id) {
    return Await<service::CollectionInfo>([&](auto done) { engine_.CompactCollection(id, done); });
  }
  auto DeleteCollection(std::string id) {
    return Await<bool>([&](auto done) { engine_.DeleteCollection(id, done); });
  }

  auto Upsert(service::UpsertRequest request, service::CallContext context = {}) {
    return Await<service::UpsertResult>([&](auto done) { engine_.Upsert(request, context, done); });
  }
  auto Get(service::GetRequest request) {
    return Await<std::vector<std::optional<storage::Document>>>(
        [&](auto done) { engine_.Get(request, done); });
  }
  auto List(service::ListRequest request) {
    return Await<service::ListResult>([&](auto done) { engine_.List(request, done); });
  }
  auto Delete(service::DeleteRequest request, service::CallContext context = {}) {
    return Await<service::DeleteResult>([&](auto done) { engine_.Delete(request, context, done); });
  }
  auto Count(std::string collection, std::string filter = "") {
    return Await<uint64_t>([&](auto done) { engine_.Count(collection, filter, done); });
  }
  auto Search(service::SearchRequest request, service::CallContext context = {}) {
    return Await<service::SearchResult>([&](auto done) { engine_.Search(request, context, done); });
  }
  // In the order of the requests.
  std::vector<absl::StatusOr<service::SearchResult>> BatchSearch(std::vector<service::SearchRequest> requests,
                                                                 service::CallContext context = {}) {
    std::vector<Answer<service::SearchResult>> answers(requests.size());
    engine_.BatchSearch(std::move(requests), context,
                        [answers](size_t i, absl::StatusOr<service::SearchResult> result) {
                          answers[i].callback()(std::move(result));
                        });
    std::vector<absl::StatusOr<service::SearchResult>> results;
    for (const auto& answer : answers) results.push_back(answer.Wait());
    return results;
  }

  auto CreateSnapshot(std::string collection, std::string id = "") {
    return Await<service::SnapshotInfo>([&](auto done) { engine_.CreateSnapshot(collection, id, done); });
  }
  auto ListSnapshots() {
    return Await<std::vector<service::SnapshotInfo>>([&](auto done) { engine_.ListSnapshots(done); });
  }
  auto DeleteSnapshot(std::string id) {
    return Await<bool>([&](auto done) { engine_.DeleteSnapshot(id, done); });
  }
  auto RestoreSnapshot(std::string id, std::string collection) {
    return Await<service::CollectionInfo>([&](auto done) { engine_.RestoreSnapshot(id, collection, done); });
  }
  // The whole archive.
  absl::StatusOr<std::string> ExportSnapshot(std::string id) {
    const auto reader =
        Await<std::shared_ptr<service::SnapshotReader>>([&](auto done) { engine_.ExportSnapshot(id, done); });
    if (!reader.ok()) return reader.status();
    std::string archive;
    while (true) {
      const auto piece = Await<std::string>([&](auto done) { (*reader)->Read(done); });
      if (!piece.ok() || piece->empty()) return piece.ok() ? absl::StatusOr<std::string>(archive) : piece;
      archive += *piece;
    }
  }
  // In pieces of `piece` bytes.
  absl::StatusOr<service::SnapshotInfo> ImportSnapshot(const std::string& archive, std::string id = "",
                                                       size_t piece = 1 << 20) {
    const auto writer =
        Await<std::shared_ptr<service::SnapshotWriter>>([&](auto done) { engine_.ImportSnapshot(id, done); });
    if (!writer.ok()) return writer.status();
    for (size_t at = 0; at < archive.size(); at += piece) {
      const auto written =
          Await<uint64_t>([&](auto done) { (*writer)->Write(archive.substr(at, piece), done); });
      if (!written.ok()) return written.status();
    }
    return Await<service::SnapshotInfo>([&](auto done) { (*writer)->Finish(done); });
  }

 private:
  template <typename T, typename Start>
  absl::StatusOr<T> Await(Start start) {
    Answer<T> answer;
    start(answer.callback());
    return answer.Wait();
  }

  service::Engine& engine_;
};

}  // namespace voisin::test
