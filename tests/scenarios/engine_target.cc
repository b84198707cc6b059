#include "tests/scenarios/engine_target.h"

#include <utility>

#include "base/status_macros.h"
#include "service/errors.h"
#include "tests/support/blocking_engine.h"
#include "tests/support/live_copy.h"

namespace voisin::test {
namespace {

constexpr uint32_t kSealPoints = 200;

class EngineTarget : public ScenarioTarget {
 public:
  explicit EngineTarget(TargetPlaces places) : places_(std::move(places)) {}

  absl::Status Start() {
    service::Engine::Options options;
    options.data_dir = places_.data_dir;
    options.models_dir = places_.models_dir;
    options.default_model = places_.default_model;
    options.threads = 2;
    options.seal_points = kSealPoints;
    ASSIGN_OR_RETURN(engine_, service::Engine::Open(std::move(options)));
    engine_->WaitUntilReady();
    return absl::OkStatus();
  }

  absl::Status Restart(Stop how) override {
    if (how == Stop::crash) return RestartFromCopy();
    RETURN_IF_ERROR(engine_->Drain());
    engine_.reset();
    return Start();
  }

  std::string FieldOf(const absl::Status& status, const std::string&) const override {
    return service::FieldOf(status).value_or("");
  }

  absl::StatusOr<std::vector<service::ModelStatus>> ListModels() override { return calls().ListModels(); }
  absl::StatusOr<service::EmbedResult> Embed(service::EmbedRequest request) override {
    return calls().Embed(std::move(request));
  }
  absl::StatusOr<std::vector<std::vector<service::Token>>> Tokenize(
      service::TokenizeRequest request) override {
    return calls().Tokenize(std::move(request));
  }
  absl::StatusOr<std::vector<float>> Similarity(service::SimilarityRequest request) override {
    return calls().Similarity(std::move(request));
  }

  absl::StatusOr<service::CollectionInfo> CreateCollection(service::CollectionSpec spec) override {
    return calls().CreateCollection(std::move(spec));
  }
  absl::StatusOr<service::CollectionInfo> GetCollection(std::string id) override {
    return calls().GetCollection(std::move(id));
  }
  absl::StatusOr<std::vector<service::CollectionInfo>> ListCollections() override {
    return calls().ListCollections();
  }
  absl::StatusOr<service::CollectionInfo> UpdateCollection(std::string id,
                                                           const CollectionChange& change) override {
    ASSIGN_OR_RETURN(const service::CollectionInfo info, GetCollection(id));
    service::CollectionParams params{info.spec.params, info.spec.lexical.params, info.spec.target_recall};
    if (change.index.m != 0) params.index.m = change.index.m;
    if (change.index.ef_construction != 0) params.index.ef_construction = change.index.ef_construction;
    if (change.index.ef_search != 0) params.index.ef_search = change.index.ef_search;
    params.lexical.k1 = change.k1.value_or(params.lexical.k1);
    params.lexical.b = change.b.value_or(params.lexical.b);
    return calls().UpdateCollection(std::move(id), params);
  }
  absl::Status DeleteCollection(std::string id) override {
    return calls().DeleteCollection(std::move(id)).status();
  }

  absl::StatusOr<service::UpsertResult> Upsert(service::UpsertRequest request) override {
    return calls().Upsert(std::move(request));
  }
  absl::StatusOr<std::vector<std::optional<storage::Document>>> Get(service::GetRequest request) override {
    return calls().Get(std::move(request));
  }
  absl::StatusOr<service::ListResult> List(service::ListRequest request) override {
    return calls().List(std::move(request));
  }
  absl::StatusOr<service::DeleteResult> Delete(service::DeleteRequest request) override {
    return calls().Delete(std::move(request));
  }
  absl::StatusOr<uint64_t> Count(std::string collection, std::string filter) override {
    return calls().Count(std::move(collection), std::move(filter));
  }

  absl::StatusOr<service::SearchResult> Search(service::SearchRequest request) override {
    return calls().Search(std::move(request));
  }
  absl::StatusOr<std::vector<absl::StatusOr<service::SearchResult>>> BatchSearch(
      std::vector<service::SearchRequest> requests) override {
    return calls().BatchSearch(std::move(requests));
  }

 private:
  BlockingEngine calls() { return BlockingEngine(*engine_); }

  absl::Status RestartFromCopy() {
    const std::filesystem::path copy = places_.data_dir.string() + "x";
    if (!CopyLiveDirectory(places_.data_dir, copy)) return absl::InternalError("the files never hold still");
    engine_.reset();
    places_.data_dir = copy;
    return Start();
  }

  TargetPlaces places_;
  std::unique_ptr<service::Engine> engine_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ScenarioTarget>> StartEngineTarget(TargetPlaces places) {
  auto target = std::make_unique<EngineTarget>(std::move(places));
  RETURN_IF_ERROR(target->Start());
  return target;
}

}  // namespace voisin::test
