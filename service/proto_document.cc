#include "service/proto_document.h"

#include <iterator>

#include "base/status_macros.h"
#include "service/errors.h"
#include "service/proto_common.h"
#include "service/proto_value.h"

namespace voisin::service {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;

std::vector<std::string> Taken(Strings& strings) {
  return {std::make_move_iterator(strings.begin()), std::make_move_iterator(strings.end())};
}

// 0 inside means never, so a time has to lie after 1970.
absl::StatusOr<int64_t> ExpiryFrom(const std::string& field, const google::protobuf::Timestamp& time) {
  ASSIGN_OR_RETURN(const int64_t micros, MicrosFrom(field, time));
  if (micros > 0) return micros;
  return InvalidField(
      field, "expected a time after 1970, got " + std::to_string(time.seconds()) + " seconds since then");
}

}  // namespace

absl::StatusOr<storage::Document> DocumentFrom(const std::string& field, v1::Document&& document) {
  storage::Document made;
  made.id = std::move(*document.mutable_id());
  made.text = std::move(*document.mutable_text());
  ASSIGN_OR_RETURN(made.metadata, ObjectFrom(field + ".metadata", std::move(*document.mutable_metadata())));
  made.vector.assign(document.vector().begin(), document.vector().end());
  if (document.has_expire_time()) {
    ASSIGN_OR_RETURN(made.expire_time_us, ExpiryFrom(field + ".expire_time", document.expire_time()));
  }
  return made;
}

v1::Document ToProto(storage::Document&& document) {
  v1::Document made;
  made.set_id(std::move(document.id));
  made.set_text(std::move(document.text));
  if (!document.metadata.empty()) *made.mutable_metadata() = ToProto(std::move(document.metadata));
  made.mutable_vector()->Add(document.vector.begin(), document.vector.end());
  if (document.expire_time_us != 0) {
    *made.mutable_expire_time() = TimestampFromMicros(document.expire_time_us);
  }
  return made;
}

absl::StatusOr<UpsertRequest> RequestFrom(v1::UpsertDocumentsRequest&& request) {
  UpsertRequest made;
  ASSIGN_OR_RETURN(made.collection, CollectionIdOf("collection", request.collection()));
  ASSIGN_OR_RETURN(made.truncation, TruncationFrom("truncation", request.truncation()));
  made.documents.reserve(static_cast<size_t>(request.documents_size()));
  for (int i = 0; i < request.documents_size(); ++i) {
    const std::string field = "documents[" + std::to_string(i) + "]";
    ASSIGN_OR_RETURN(storage::Document document,
                     DocumentFrom(field, std::move(*request.mutable_documents(i))));
    made.documents.push_back(std::move(document));
  }
  made.request_id = std::move(*request.mutable_request_id());
  return made;
}

absl::StatusOr<GetRequest> RequestFrom(v1::GetDocumentRequest&& request) {
  GetRequest made;
  ASSIGN_OR_RETURN(made.collection, CollectionIdOf("collection", request.collection()));
  made.ids.push_back(std::move(*request.mutable_id()));
  made.mask = MaskOf(request);
  return made;
}

absl::StatusOr<GetRequest> RequestFrom(v1::BatchGetDocumentsRequest&& request) {
  GetRequest made;
  ASSIGN_OR_RETURN(made.collection, CollectionIdOf("collection", request.collection()));
  made.ids = Taken(*request.mutable_ids());
  made.mask = MaskOf(request);
  return made;
}

absl::StatusOr<ListRequest> RequestFrom(v1::ListDocumentsRequest&& request) {
  ListRequest made;
  ASSIGN_OR_RETURN(made.collection, CollectionIdOf("collection", request.collection()));
  made.filter = std::move(*request.mutable_filter());
  made.page_size = request.page_size();
  made.page_token = std::move(*request.mutable_page_token());
  made.mask = MaskOf(request);
  return made;
}

absl::StatusOr<DeleteRequest> RequestFrom(v1::DeleteDocumentsRequest&& request) {
  DeleteRequest made;
  ASSIGN_OR_RETURN(made.collection, CollectionIdOf("collection", request.collection()));
  made.ids = Taken(*request.mutable_ids());
  made.filter = std::move(*request.mutable_filter());
  made.request_id = std::move(*request.mutable_request_id());
  return made;
}

v1::UpsertDocumentsResponse ToProto(const UpsertResult& result) {
  v1::UpsertDocumentsResponse response;
  response.set_lsn(result.lsn);
  response.set_upserted(result.upserted);
  response.set_truncated(result.truncated);
  return response;
}

v1::ListDocumentsResponse ToProto(ListResult&& result) {
  v1::ListDocumentsResponse response;
  for (storage::Document& document : result.documents) {
    *response.add_documents() = ToProto(std::move(document));
  }
  response.set_next_page_token(std::move(result.next_page_token));
  return response;
}

v1::DeleteDocumentsResponse ToProto(const DeleteResult& result) {
  v1::DeleteDocumentsResponse response;
  response.set_lsn(result.lsn);
  response.set_deleted(result.deleted);
  return response;
}

v1::BatchGetDocumentsResponse ToProto(const std::vector<std::string>& ids,
                                      std::vector<std::optional<storage::Document>>&& found) {
  v1::BatchGetDocumentsResponse response;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i]) {
      *response.add_documents() = ToProto(*std::move(found[i]));
    } else {
      response.add_missing_ids(ids[i]);
    }
  }
  return response;
}

}  // namespace voisin::service
