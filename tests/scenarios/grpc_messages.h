#pragma once

#include "service/types.h"
#include "voisin/v1/collection.pb.h"
#include "voisin/v1/embedding.pb.h"
#include "voisin/v1/search.pb.h"

// Between the service's own requests and answers and the wire, seen from the client's side.
namespace voisin::test {

v1::Truncation ToWire(encoder::Truncation truncation);
v1::EmbedRequest ToWire(const service::EmbedRequest& request);
v1::CreateCollectionRequest ToWire(const service::CollectionSpec& spec);
v1::UpsertDocumentsRequest ToWire(const service::UpsertRequest& request);
v1::BatchGetDocumentsRequest ToWire(const service::GetRequest& request);
v1::ListDocumentsRequest ToWire(const service::ListRequest& request);
v1::DeleteDocumentsRequest ToWire(const service::DeleteRequest& request);
v1::SearchRequest ToWire(const service::SearchRequest& request);

service::ModelStatus FromWire(const v1::Model& model);
service::EmbedResult FromWire(const v1::EmbedResponse& response);
service::CollectionInfo FromWire(const v1::Collection& collection);
storage::Document FromWire(const v1::Document& document);
service::SearchResult FromWire(const v1::SearchResponse& response);

}  // namespace voisin::test
