#pragma once

#include "tests/scenarios/scenario.h"
#include "tests/scenarios/target.h"

// Between the JSON of scenario files and the service's requests and answers. Member names are those of the
// wire.
namespace voisin::test {

// What `$lsn` and `$page` stand for.
struct Remembered {
  uint64_t lsn = 0;  // of the last write
  std::string page_token;
};

// Replaces the `$` forms of README.md.
absl::StatusOr<Json> Resolve(const Json& json, const Remembered& remembered);

// InvalidArgument names a member that no request has, so that a misspelt one does not pass.
absl::Status CheckMembers(const Json& json, std::initializer_list<std::string_view> known);

absl::StatusOr<storage::Document> ToDocument(const Json& json);
absl::StatusOr<service::SearchRequest> ToSearchRequest(const std::string& collection, const Json& json);
absl::StatusOr<service::CollectionSpec> ToSpec(const std::string& id, const Json& json);
absl::StatusOr<CollectionChange> ToChange(const Json& json);
absl::StatusOr<encoder::Truncation> ToTruncation(const Json& json);
storage::ReadMask ToMask(const Json& json);

Json FromDocument(const storage::Document& document, storage::ReadMask mask);
Json FromCollection(const service::CollectionInfo& info);
Json FromPacked(const service::Packed& packed);
Json FromHits(const service::SearchResult& result, storage::ReadMask mask);
std::string PathName(std::optional<index::SearchPath> path);

}  // namespace voisin::test
