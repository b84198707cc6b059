#pragma once

#include "service/types.h"
#include "voisin/v1/embedding.pb.h"

// EmbeddingService: requests of the wire to the engine's, and answers back.
namespace voisin::service {

absl::StatusOr<EmbedRequest> RequestFrom(v1::EmbedRequest&& request);
TokenizeRequest RequestFrom(v1::TokenizeRequest&& request);
SimilarityRequest RequestFrom(v1::SimilarityRequest&& request);

v1::EmbedResponse ToProto(EmbedResult&& result);
v1::TokenizeResponse ToProto(std::vector<std::vector<Token>>&& texts);
v1::SimilarityResponse ToProto(const std::vector<float>& scores);
v1::Model ToProto(const ModelStatus& info);
v1::ListModelsResponse ToProto(const std::vector<ModelStatus>& models);

}  // namespace voisin::service
