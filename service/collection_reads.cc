#include <algorithm>

#include "base/status_macros.h"
#include "service/call.h"
#include "service/collection.h"
#include "service/page_token.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

constexpr uint32_t kDefaultPageSize = 100;
constexpr uint32_t kMaxPageSize = 1000;

absl::Status CheckIds(const std::vector<std::string>& ids, const Limits& limits) {
  if (ids.empty()) return InvalidField("ids", "expected at least one id, got none");
  if (ids.size() > limits.documents_per_request) {
    return InvalidField("ids", "expected at most " + std::to_string(limits.documents_per_request) +
                                   " ids, got " + std::to_string(ids.size()));
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    RETURN_IF_ERROR(CheckDocumentId("ids[" + std::to_string(i) + "]", ids[i]));
  }
  return absl::OkStatus();
}

using Documents = std::vector<std::optional<storage::Document>>;

Documents Living(std::vector<std::optional<storage::StoredDocument>> stored) {
  const int64_t now_us = NowMicros();
  Documents documents;
  for (std::optional<storage::StoredDocument>& one : stored) {
    const bool lives = one && !IsExpired(one->document, now_us);
    documents.push_back(lives ? std::optional(std::move(one->document)) : std::nullopt);
  }
  return documents;
}

void AppendLiving(std::vector<storage::StoredDocument> stored, std::vector<storage::Document>& documents) {
  const int64_t now_us = NowMicros();
  for (storage::StoredDocument& one : stored) {
    if (!IsExpired(one.document, now_us)) documents.push_back(std::move(one.document));
  }
}

}  // namespace

void Collection::Get(GetRequest request, Callback<Documents> done) {
  if (absl::Status status = CheckIds(request.ids, runtime_.limits); !status.ok()) {
    return done(std::move(status));
  }
  Run<Documents>(
      runtime_.io_pool, std::move(done),
      [this, request = std::move(request)]() -> absl::StatusOr<Documents> {
        ASSIGN_OR_RETURN(auto stored, runtime_.store.GetMany(number(), request.ids, request.mask));
        return Living(std::move(stored));
      },
      number());
}

void Collection::List(ListRequest request, Callback<ListResult> done) {
  if (request.page_size > kMaxPageSize) {
    return done(InvalidField("page_size", "expected 1 to " + std::to_string(kMaxPageSize) +
                                              " (0: " + std::to_string(kDefaultPageSize) + "), got " +
                                              std::to_string(request.page_size)));
  }
  if (request.page_size == 0) request.page_size = kDefaultPageSize;
  Run<ListResult>(
      runtime_.io_pool, std::move(done), [this, request = std::move(request)] { return ReadPage(request); },
      number());
}

absl::StatusOr<ListResult> Collection::ReadPage(const ListRequest& request) const {
  ASSIGN_OR_RETURN(const storage::Filter filter, ParseFilter(request.filter));
  std::string after;
  if (!request.page_token.empty()) {
    ASSIGN_OR_RETURN(after, ReadPageToken(request.page_token, number(), request.filter));
  }
  ListResult result;
  do {  // again when the expired left room
    const size_t room = request.page_size - result.documents.size();
    absl::StatusOr<storage::ListPage> page = runtime_.store.List(number(), filter, after, room, request.mask);
    if (!page.ok()) return AtFilter(std::move(page).status());
    AppendLiving(std::move(page->documents), result.documents);
    after = std::move(page->next_after);
  } while (!after.empty() && result.documents.size() < request.page_size);
  if (!after.empty()) result.next_page_token = MakePageToken(number(), request.filter, after);
  return result;
}

void Collection::Count(const std::string& filter, Callback<uint64_t> done) {
  Run<uint64_t>(
      runtime_.io_pool, std::move(done),
      [this, filter]() -> absl::StatusOr<uint64_t> {
        ASSIGN_OR_RETURN(const storage::Filter parsed, ParseFilter(filter));
        if (parsed.matches_everything()) return LiveCount();
        absl::StatusOr<storage::FilterMatch> match = runtime_.store.Match(number(), parsed, NowMicros());
        if (!match.ok()) return AtFilter(std::move(match).status());
        return match->points.size();
      },
      number());
}

}  // namespace voisin::service
