#include "service/grpc_services.h"
#include "service/grpc_stream.h"
#include "service/grpc_unary.h"
#include "service/proto_embedding.h"
#include "voisin/v1/embedding.grpc.pb.h"

namespace voisin::service {
namespace {

using Wire = v1::EmbeddingService;
using RawService = Wire::WithRawCallbackMethod_Embed<Wire::WithRawCallbackMethod_EmbedStream<
    Wire::WithRawCallbackMethod_Tokenize<Wire::WithRawCallbackMethod_Similarity<
        Wire::WithRawCallbackMethod_ListModels<Wire::WithRawCallbackMethod_GetModel<Wire::Service>>>>>>;
using Context = grpc::CallbackServerContext;
using Bytes = grpc::ByteBuffer;

class EmbeddingService final : public RawService {
 public:
  explicit EmbeddingService(CallEnvironment& environment) : environment_(environment) {}

  grpc::ServerUnaryReactor* Embed(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::EmbedRequest, v1::EmbedResponse>(
        environment_, "Embed", context, bytes, response,
        [this](v1::EmbedRequest request, CallContext call, Callback<v1::EmbedResponse> done) {
          StartEmbed(std::move(request), std::move(call), std::move(done));
        });
  }

  grpc::ServerBidiReactor<Bytes, Bytes>* EmbedStream(Context* context) override {
    return OrderedStream::Start(environment_, "EmbedStream", *context,
                                [this](uint64_t, const Bytes& bytes, CallContext call, Callback<Bytes> done) {
                                  v1::EmbedRequest request;
                                  if (absl::Status status = Parse(bytes, request); !status.ok())
                                    return done(status);
                                  StartEmbed(std::move(request), std::move(call),
                                             Serialized(std::move(done)));
                                });
  }

  grpc::ServerUnaryReactor* Tokenize(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::TokenizeRequest, v1::TokenizeResponse>(
        environment_, "Tokenize", context, bytes, response,
        [this](v1::TokenizeRequest request, CallContext call, Callback<v1::TokenizeResponse> done) {
          using Texts = std::vector<std::vector<Token>>;
          environment_.engine.Tokenize(
              RequestFrom(std::move(request)), std::move(call),
              Then<Texts>(std::move(done), [](Texts&& texts) { return ToProto(std::move(texts)); }));
        });
  }

  grpc::ServerUnaryReactor* Similarity(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::SimilarityRequest, v1::SimilarityResponse>(
        environment_, "Similarity", context, bytes, response,
        [this](v1::SimilarityRequest request, CallContext call, Callback<v1::SimilarityResponse> done) {
          using Scores = std::vector<float>;
          environment_.engine.Similarity(
              RequestFrom(std::move(request)), std::move(call),
              Then<Scores>(std::move(done), [](const Scores& scores) { return ToProto(scores); }));
        });
  }

  grpc::ServerUnaryReactor* ListModels(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::ListModelsRequest, v1::ListModelsResponse>(
        environment_, "ListModels", context, bytes, response,
        [this](v1::ListModelsRequest, CallContext, Callback<v1::ListModelsResponse> done) {
          using Models = std::vector<ModelStatus>;
          environment_.engine.ListModels(
              Then<Models>(std::move(done), [](const Models& models) { return ToProto(models); }));
        });
  }

  grpc::ServerUnaryReactor* GetModel(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::GetModelRequest, v1::Model>(
        environment_, "GetModel", context, bytes, response,
        [this](const v1::GetModelRequest& request, CallContext, Callback<v1::Model> done) {
          environment_.engine.GetModel(
              request.name(),
              Then<ModelStatus>(std::move(done), [](const ModelStatus& info) { return ToProto(info); }));
        });
  }

 private:
  void StartEmbed(v1::EmbedRequest&& request, CallContext call, Callback<v1::EmbedResponse> done) {
    absl::StatusOr<EmbedRequest> made = RequestFrom(std::move(request));
    if (!made.ok()) return done(std::move(made).status());
    environment_.engine.Embed(
        *std::move(made), std::move(call),
        Then<EmbedResult>(std::move(done), [](EmbedResult&& result) { return ToProto(std::move(result)); }));
  }

  Callback<v1::EmbedResponse> Serialized(Callback<Bytes> done) {
    return [this, done = std::move(done)](absl::StatusOr<v1::EmbedResponse> answer) {
      if (!answer.ok()) return done(std::move(answer).status());
      done(Serialize(*answer, environment_.max_message_bytes));
    };
  }

  CallEnvironment& environment_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeEmbeddingService(CallEnvironment& environment) {
  return std::make_unique<EmbeddingService>(environment);
}

}  // namespace voisin::service
