#include "service/proto_snapshot.h"

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "service/errors.h"
#include "service/proto_common.h"

namespace voisin::service {
namespace {

constexpr std::string_view kPrefix = "snapshots/";
constexpr int kDefaultPage = 100;
constexpr uint32_t kLargestPage = 1000;

// Empty: all collections.
absl::StatusOr<std::string> WantedCollection(const v1::ListSnapshotsRequest& request) {
  if (request.collection().empty()) return std::string();
  return CollectionIdOf("collection", request.collection());
}

}  // namespace

absl::StatusOr<std::string> SnapshotIdOf(std::string_view field, const std::string& name) {
  std::string id = name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
  if (!id.empty()) return id;
  return InvalidField(field, "expected \"snapshots/{snapshot}\", got \"" + name + "\"");
}

v1::Snapshot ToProto(const SnapshotInfo& info) {
  v1::Snapshot snapshot;
  snapshot.set_name(std::string(kPrefix) + info.id);
  snapshot.set_problem(info.problem);
  if (!info.problem.empty()) return snapshot;
  snapshot.set_collection(CollectionName(info.collection));
  snapshot.set_model(info.model);
  snapshot.set_model_fingerprint(info.model_fingerprint);
  snapshot.set_document_count(info.document_count);
  snapshot.set_lsn(info.lsn);
  snapshot.set_size_bytes(info.size_bytes);
  *snapshot.mutable_create_time() = TimestampFromMicros(info.create_time_us);
  return snapshot;
}

absl::StatusOr<v1::ListSnapshotsResponse> PageOf(const std::vector<SnapshotInfo>& snapshots,
                                                 const v1::ListSnapshotsRequest& request) {
  if (request.page_size() > kLargestPage) {
    return InvalidField("page_size", "expected at most 1000, got " + std::to_string(request.page_size()));
  }
  std::string last;
  if (!absl::WebSafeBase64Unescape(request.page_token(), &last)) {
    return InvalidField("page_token",
                        "expected the next_page_token of a page, got \"" + request.page_token() + "\"");
  }
  ASSIGN_OR_RETURN(const std::string wanted, WantedCollection(request));
  const int size = request.page_size() == 0 ? kDefaultPage : static_cast<int>(request.page_size());
  v1::ListSnapshotsResponse page;
  std::string previous;
  for (const SnapshotInfo& info : snapshots) {
    if (info.id <= last || (!wanted.empty() && info.collection != wanted)) continue;
    if (page.snapshots_size() == size) {
      page.set_next_page_token(absl::WebSafeBase64Escape(previous));
      break;
    }
    *page.add_snapshots() = ToProto(info);
    previous = info.id;
  }
  return page;
}

}  // namespace voisin::service
