#pragma once

#include <atomic>
#include <functional>

#include "service/engine.h"

namespace voisin::test {

// An answer that a test knows by the name of its model.
inline service::EmbedResult ResultOf(std::string model) {
  service::EmbedResult result;
  result.model = std::move(model);
  return result;
}

inline service::UpsertResult WrittenAt(uint64_t lsn) {
  service::UpsertResult result;
  result.lsn = lsn;
  return result;
}

// An engine that answers what a test says; what it does not say is UNIMPLEMENTED. Set members before calls
// run.
class FakeEngine : public service::Engine {
 public:
  template <typename... Arguments>
  using Answer = std::function<void(Arguments...)>;
  template <typename T>
  using Done = service::Callback<T>;
  using Documents = std::vector<std::optional<storage::Document>>;
  using Context = service::CallContext;

  std::atomic<service::Readiness> state = service::Readiness::ready;
  service::Limits allowed;
  Answer<service::EmbedRequest, Context, Done<service::EmbedResult>> embed;
  Answer<service::UpsertRequest, Context, Done<service::UpsertResult>> upsert;
  Answer<service::SearchRequest, Context, Done<service::SearchResult>> search;
  Answer<service::GetRequest, Done<Documents>> get;
  Answer<std::string, Done<service::CollectionInfo>> get_collection;
  Answer<std::string, service::CollectionParams, Done<service::CollectionInfo>> update_collection;
  Answer<Done<std::vector<service::CollectionInfo>>> list_collections;

  service::Readiness readiness() const override { return state; }
  void WaitUntilReady() override {}
  absl::Status Drain() override { return absl::OkStatus(); }
  const service::Limits& limits() const override { return allowed; }

  void Embed(service::EmbedRequest request, Context context, Done<service::EmbedResult> done) override {
    Ask(embed, std::move(done), std::move(request), std::move(context));
  }
  void Upsert(service::UpsertRequest request, Context context, Done<service::UpsertResult> done) override {
    Ask(upsert, std::move(done), std::move(request), std::move(context));
  }
  void Search(service::SearchRequest request, Context context, Done<service::SearchResult> done) override {
    Ask(search, std::move(done), std::move(request), std::move(context));
  }
  void BatchSearch(std::vector<service::SearchRequest> requests, Context context, SearchDone done) override {
    for (size_t i = 0; i < requests.size(); ++i) {
      Search(requests[i], context,
             [done, i](absl::StatusOr<service::SearchResult> result) { done(i, std::move(result)); });
    }
  }
  void Get(service::GetRequest request, Done<Documents> done) override {
    Ask(get, std::move(done), std::move(request));
  }
  void GetCollection(std::string id, Done<service::CollectionInfo> done) override {
    Ask(get_collection, std::move(done), std::move(id));
  }
  void UpdateCollection(std::string id, service::CollectionParams params,
                        Done<service::CollectionInfo> done) override {
    Ask(update_collection, std::move(done), std::move(id), params);
  }
  void ListCollections(Done<std::vector<service::CollectionInfo>> done) override {
    Ask(list_collections, std::move(done));
  }

  void ListModels(Done<std::vector<service::ModelStatus>> done) override { done(Unsaid()); }
  void GetModel(std::string, Done<service::ModelStatus> done) override { done(Unsaid()); }
  void Tokenize(service::TokenizeRequest, Context,
                Done<std::vector<std::vector<service::Token>>> done) override {
    done(Unsaid());
  }
  void Similarity(service::SimilarityRequest, Context, Done<std::vector<float>> done) override {
    done(Unsaid());
  }
  void CreateCollection(service::CollectionSpec, Done<service::CollectionInfo> done) override {
    done(Unsaid());
  }
  void DeleteCollection(std::string, Done<bool> done) override { done(Unsaid()); }
  void CompactCollection(std::string, Done<service::CollectionInfo> done) override { done(Unsaid()); }
  void MeasureRecall(service::RecallRequest, Context, Done<service::RecallReport> done) override {
    done(Unsaid());
  }
  void List(service::ListRequest, Done<service::ListResult> done) override { done(Unsaid()); }
  void Delete(service::DeleteRequest, Context, Done<service::DeleteResult> done) override { done(Unsaid()); }
  void Count(std::string, std::string, Done<uint64_t> done) override { done(Unsaid()); }
  void CreateSnapshot(std::string, std::string, Done<service::SnapshotInfo> done) override { done(Unsaid()); }
  void ListSnapshots(Done<std::vector<service::SnapshotInfo>> done) override { done(Unsaid()); }
  void DeleteSnapshot(std::string, Done<bool> done) override { done(Unsaid()); }
  void RestoreSnapshot(std::string, std::string, Done<service::CollectionInfo> done) override {
    done(Unsaid());
  }
  void ExportSnapshot(std::string, Done<std::shared_ptr<service::SnapshotReader>> done) override {
    done(Unsaid());
  }
  void ImportSnapshot(std::string, Done<std::shared_ptr<service::SnapshotWriter>> done) override {
    done(Unsaid());
  }

 private:
  static absl::Status Unsaid() { return absl::UnimplementedError("the test does not say"); }

  template <typename Said, typename T, typename... Arguments>
  static void Ask(const Said& said, Done<T> done, Arguments... arguments) {
    if (!said) return done(Unsaid());
    said(std::move(arguments)..., std::move(done));
  }
};

}  // namespace voisin::test
