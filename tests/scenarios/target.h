#pragma once

#include <string>
#include <vector>

#include "service/types.h"

namespace voisin::test {

enum class Stop { clean, crash };

// What stays as it is is 0, or unset.
struct CollectionChange {
  index::IndexParams index = {0, 0, 0};
  std::optional<float> k1 = {};
  std::optional<float> b = {};
};

// What scenarios run against: voisin in this process or behind a wire, over one data directory. One thread at
// a time. Every call waits for its answer.
class ScenarioTarget {
 public:
  virtual ~ScenarioTarget() = default;

  // Ends the service that runs, in the given way, and starts another over the same data; returns when it is
  // ready.
  virtual absl::Status Restart(Stop how) = 0;
  // The path in the request that the status names; empty when it names none.
  virtual std::string FieldOf(const absl::Status& status, const std::string& expected) const = 0;

  virtual absl::StatusOr<std::vector<service::ModelStatus>> ListModels() = 0;
  virtual absl::StatusOr<service::EmbedResult> Embed(service::EmbedRequest request) = 0;
  virtual absl::StatusOr<std::vector<std::vector<service::Token>>> Tokenize(
      service::TokenizeRequest request) = 0;
  virtual absl::StatusOr<std::vector<float>> Similarity(service::SimilarityRequest request) = 0;

  virtual absl::StatusOr<service::CollectionInfo> CreateCollection(service::CollectionSpec spec) = 0;
  virtual absl::StatusOr<service::CollectionInfo> GetCollection(std::string id) = 0;
  virtual absl::StatusOr<std::vector<service::CollectionInfo>> ListCollections() = 0;
  virtual absl::StatusOr<service::CollectionInfo> UpdateCollection(std::string id,
                                                                   const CollectionChange& change) = 0;
  virtual absl::Status DeleteCollection(std::string id) = 0;

  virtual absl::StatusOr<service::UpsertResult> Upsert(service::UpsertRequest request) = 0;
  // One per id, in the order of the ids; nothing for those that are not there.
  virtual absl::StatusOr<std::vector<std::optional<storage::Document>>> Get(service::GetRequest request) = 0;
  virtual absl::StatusOr<service::ListResult> List(service::ListRequest request) = 0;
  virtual absl::StatusOr<service::DeleteResult> Delete(service::DeleteRequest request) = 0;
  virtual absl::StatusOr<uint64_t> Count(std::string collection, std::string filter) = 0;

  virtual absl::StatusOr<service::SearchResult> Search(service::SearchRequest request) = 0;
  virtual absl::StatusOr<std::vector<absl::StatusOr<service::SearchResult>>> BatchSearch(
      std::vector<service::SearchRequest> requests) = 0;
};

}  // namespace voisin::test
