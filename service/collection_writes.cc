#include <algorithm>

#include "base/status_macros.h"
#include "service/call.h"
#include "service/collection.h"
#include "service/embedding.h"
#include "service/text_terms.h"
#include "service/validation.h"

namespace voisin::service {

struct UpsertCall {
  UpsertRequest request;
  CallContext context;
  Callback<UpsertResult> done;
  std::vector<size_t> to_encode;  // positions of the documents without a vector
  uint32_t truncated = 0;
};

namespace {

std::string DocumentField(size_t i, std::string_view member) {
  return "documents[" + std::to_string(i) + "]" + std::string(member);
}

EncodeRequest EncodeRequestOf(const UpsertCall& call) {
  EncodeRequest encode;
  for (size_t i : call.to_encode) encode.texts.push_back(call.request.documents[i].text);
  encode.field = [positions = call.to_encode](size_t i) { return DocumentField(positions[i], ".text"); };
  encode.lane = encoder::Lane::ingest;
  encode.role = encoder::TextRole::document;
  encode.truncation = call.request.truncation;
  encode.context = call.context;
  return encode;
}

// Gives the documents their vectors, which must pass the same check as a caller's.
absl::Status TakeVectors(std::vector<encoder::EncodedText> texts, const CollectionDefinition& definition,
                         UpsertCall& call) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const size_t position = call.to_encode[i];
    const absl::Status checked =
        index::CheckVector(texts[i].values, definition.dimensions, definition.metric);
    if (!checked.ok()) return AtField(DocumentField(position, ".text"), checked);
    call.request.documents[position].vector = std::move(texts[i].values);
    call.truncated += texts[i].truncated ? 1 : 0;
  }
  return absl::OkStatus();
}

bool HasText(std::span<const storage::Document> documents) {
  return std::ranges::any_of(documents, [](const storage::Document& one) { return !one.text.empty(); });
}

// An upsert's remark is the number of truncated texts.
UpsertResult ResultOf(const storage::Applied& applied) {
  return {applied.lsn, applied.upserted, applied.remark};
}

absl::Status CheckDelete(const DeleteRequest& request, const Limits& limits) {
  const bool by_filter = request.filter.find_first_not_of(" \t\r\n") != std::string::npos;
  if (by_filter == !request.ids.empty()) {
    return InvalidField(
        "ids", by_filter ? "expected ids or a filter, got both" : "expected ids or a filter, got neither");
  }
  if (request.ids.size() > limits.documents_per_request) {
    return InvalidField("ids", "expected at most " + std::to_string(limits.documents_per_request) +
                                   " ids, got " + std::to_string(request.ids.size()));
  }
  for (size_t i = 0; i < request.ids.size(); ++i) {
    RETURN_IF_ERROR(CheckDocumentId("ids[" + std::to_string(i) + "]", request.ids[i]));
  }
  return CheckRequestId(request.request_id);
}

// An id named twice is deleted once.
std::vector<storage::Deletion> DeletionsOf(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<storage::Deletion> deletions;
  for (std::string& id : ids) deletions.push_back({std::move(id), std::nullopt});
  return deletions;
}

}  // namespace

void Collection::Upsert(UpsertRequest request, CallContext context, Callback<UpsertResult> done) {
  auto call = std::make_shared<UpsertCall>();
  call->request = std::move(request);
  call->context = std::move(context);
  call->done = std::move(done);
  if (absl::Status status = PlanUpsert(*call); !status.ok()) return call->done(std::move(status));
  if (!HasText(call->request.documents)) return AppendUpsert(std::move(call));
  if (!runtime_.ingest_pool.TrySchedule([this, call] { PrepareUpsert(call); }, number())) {
    call->done(QueueFull("requests"));
  }
}

void Collection::PrepareUpsert(std::shared_ptr<UpsertCall> call) {
  if (!call->request.request_id.empty()) {
    const absl::StatusOr<std::optional<storage::Applied>> first =
        runtime_.store.FindRequest(number(), call->request.request_id);
    if (!first.ok()) return call->done(first.status());
    if (*first) return call->done(ResultOf(**first));
  }
  for (storage::Document& document : call->request.documents) {
    document.terms = TermsOf(document.text, *analyzer_);
  }
  if (call->to_encode.empty()) return AppendUpsert(std::move(call));
  EncodeDocuments(std::move(call));
}

absl::Status Collection::PlanUpsert(UpsertCall& call) const {
  const CollectionDefinition known = definition();
  const std::vector<storage::Document>& documents = call.request.documents;
  RETURN_IF_ERROR(CheckRequestId(call.request.request_id));
  RETURN_IF_ERROR(CheckDocuments(documents, known.dimensions, known.metric, runtime_.limits));
  for (size_t i = 0; i < documents.size(); ++i) {
    if (!documents[i].vector.empty()) continue;
    if (known.model.empty()) {
      return InvalidField(DocumentField(i, ".vector"), "expected " + std::to_string(known.dimensions) +
                                                           " numbers, since collection \"" + id() +
                                                           "\" has no model, got only a text");
    }
    call.to_encode.push_back(i);
  }
  return CheckWanted(call.context);
}

void Collection::EncodeDocuments(std::shared_ptr<UpsertCall> call) {
  FindModel([this, call](absl::StatusOr<ModelPtr> model) {
    if (!model.ok()) return call->done(std::move(model).status());
    EncodeTexts(*model, EncodeRequestOf(*call), [this, call](absl::StatusOr<encoder::EncodeResult> encoded) {
      absl::Status status = encoded.status();
      if (status.ok()) status = TakeVectors(std::move(encoded->texts), definition(), *call);
      if (!status.ok()) return call->done(std::move(status));
      AppendUpsert(call);
    });
  });
}

void Collection::AppendUpsert(std::shared_ptr<UpsertCall> call) {
  if (absl::Status status = CheckWanted(call->context); !status.ok()) return call->done(std::move(status));
  storage::Entry entry{.collection = number(),
                       .request_id = std::move(call->request.request_id),
                       .upserts = std::move(call->request.documents),
                       .deletions = {},
                       .remark = call->truncated};
  const absl::Status queued = runtime_.store.Append(
      std::move(entry), [this, call](storage::Entry written, absl::StatusOr<storage::Applied> applied) {
        if (!applied.ok()) return call->done(std::move(applied).status());
        Apply(written, *applied);
        call->done(ResultOf(*applied));
      });
  if (!queued.ok()) call->done(WithRetryIfFull(queued));
}

void Collection::Apply(const storage::Entry& entry, const storage::Applied& applied) {
  if (applied.replayed) return;
  for (storage::PointId point : applied.removed) {
    index_->Remove(point);
    words_->Remove(point);
  }
  for (size_t i = 0; i < entry.upserts.size(); ++i) {
    absl::Status added = index_->Add(applied.first_point + i, entry.upserts[i].vector);
    added.Update(words_->Add(applied.first_point + i, ToIndex(entry.upserts[i].terms)));
    if (added.ok()) continue;
    // Never for what was checked. The next start sees that a point is missing and rebuilds the index.
    runtime_.log.Error("index_add_failed", {{"collection", id()}, {"reason", MessageOf(added)}});
  }
  index_->SetAppliedLsn(applied.lsn);
  words_->SetAppliedLsn(applied.lsn);
  lsn_.store(applied.lsn, std::memory_order_release);
}

void Collection::Delete(DeleteRequest request, CallContext context, Callback<DeleteResult> done) {
  absl::Status status = CheckDelete(request, runtime_.limits);
  if (status.ok()) status = CheckWanted(context);
  if (!status.ok()) return done(std::move(status));
  if (!request.ids.empty()) {
    return AppendDeletions(DeletionsOf(std::move(request.ids)), std::move(request.request_id),
                           std::move(done));
  }
  const bool scheduled = runtime_.io_pool.TrySchedule(
      [this, request = std::move(request), done] {
        absl::StatusOr<std::vector<storage::Deletion>> deletions = FindDeletions(request.filter);
        if (!deletions.ok()) return done(std::move(deletions).status());
        AppendDeletions(*std::move(deletions), request.request_id, done);
      },
      number());
  if (!scheduled) done(QueueFull("requests"));
}

// Versions that match now; each is deleted only if it still lives by then.
absl::StatusOr<std::vector<storage::Deletion>> Collection::FindDeletions(const std::string& filter) const {
  ASSIGN_OR_RETURN(const storage::Filter parsed, ParseFilter(filter));
  absl::StatusOr<std::vector<storage::Deletion>> deletions =
      runtime_.store.MatchingDeletions(number(), parsed, NowMicros());
  if (!deletions.ok()) return AtFilter(std::move(deletions).status());
  return deletions;
}

void Collection::DeleteVersions(std::vector<storage::Deletion> deletions, Callback<DeleteResult> done) {
  AppendDeletions(std::move(deletions), "", std::move(done));
}

void Collection::AppendDeletions(std::vector<storage::Deletion> deletions, std::string request_id,
                                 Callback<DeleteResult> done) {
  storage::Entry entry{.collection = number(),
                       .request_id = std::move(request_id),
                       .upserts = {},
                       .deletions = std::move(deletions)};
  const absl::Status queued = runtime_.store.Append(
      std::move(entry), [this, done](storage::Entry written, absl::StatusOr<storage::Applied> applied) {
        if (!applied.ok()) return done(std::move(applied).status());
        Apply(written, *applied);
        done(DeleteResult{applied->lsn, applied->deleted});
      });
  if (!queued.ok()) done(WithRetryIfFull(queued));
}

}  // namespace voisin::service
