#pragma once

#include "service/types.h"
#include "voisin/v1/document.pb.h"

// DocumentService: requests of the wire to the engine's, and answers back.
namespace voisin::service {

// `field` is the document's place in the request, e.g. "documents[3]".
absl::StatusOr<storage::Document> DocumentFrom(const std::string& field, v1::Document&& document);
v1::Document ToProto(storage::Document&& document);

absl::StatusOr<UpsertRequest> RequestFrom(v1::UpsertDocumentsRequest&& request);
absl::StatusOr<GetRequest> RequestFrom(v1::GetDocumentRequest&& request);
absl::StatusOr<GetRequest> RequestFrom(v1::BatchGetDocumentsRequest&& request);
absl::StatusOr<ListRequest> RequestFrom(v1::ListDocumentsRequest&& request);
absl::StatusOr<DeleteRequest> RequestFrom(v1::DeleteDocumentsRequest&& request);

v1::UpsertDocumentsResponse ToProto(const UpsertResult& result);
v1::ListDocumentsResponse ToProto(ListResult&& result);
v1::DeleteDocumentsResponse ToProto(const DeleteResult& result);
// found[i] answers ids[i].
v1::BatchGetDocumentsResponse ToProto(const std::vector<std::string>& ids,
                                      std::vector<std::optional<storage::Document>>&& found);

}  // namespace voisin::service
