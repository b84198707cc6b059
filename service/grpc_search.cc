#include "service/errors.h"
#include "service/grpc_services.h"
#include "service/grpc_unary.h"
#include "service/proto_search.h"
#include "service/proto_status.h"
#include "voisin/v1/search.grpc.pb.h"

namespace voisin::service {
namespace {

using Wire = v1::SearchService;
using RawService = Wire::WithRawCallbackMethod_Search<Wire::WithRawCallbackMethod_BatchSearch<Wire::Service>>;
using Context = grpc::CallbackServerContext;
using Bytes = grpc::ByteBuffer;

// The answers of one batch as they come in; the last one to come ends the call.
class Gathering {
 public:
  Gathering(int searches, Callback<v1::BatchSearchResponse> done)
      : done_(std::move(done)), missing_(searches) {
    for (int i = 0; i < searches; ++i) response_.add_results();
  }

  // Once for each place, from any thread: no two share a result.
  void Put(int place, absl::StatusOr<v1::SearchResponse> answer) {
    v1::BatchSearchResult& result = *response_.mutable_results(place);
    if (answer.ok()) {
      *result.mutable_response() = *std::move(answer);
    } else {
      *result.mutable_error() = ToProto(answer.status());
    }
    if (missing_.fetch_sub(1) == 1) done_(std::move(response_));
  }

 private:
  const Callback<v1::BatchSearchResponse> done_;
  std::atomic<int> missing_;
  v1::BatchSearchResponse response_;
};

absl::Status CheckCount(int searches, uint32_t limit) {
  if (searches > 0 && searches <= static_cast<int64_t>(limit)) return absl::OkStatus();
  return InvalidField(
      "requests", "expected 1 to " + std::to_string(limit) + " searches, got " + std::to_string(searches));
}

class SearchService final : public RawService {
 public:
  explicit SearchService(CallEnvironment& environment) : environment_(environment) {}

  grpc::ServerUnaryReactor* Search(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::SearchRequest, v1::SearchResponse>(
        environment_, "Search", context, bytes, response,
        [this](v1::SearchRequest request, CallContext call, Callback<v1::SearchResponse> done) {
          StartSearch(std::move(request), std::move(call), std::move(done));
        });
  }

  grpc::ServerUnaryReactor* BatchSearch(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::BatchSearchRequest, v1::BatchSearchResponse>(
        environment_, "BatchSearch", context, bytes, response,
        [this](v1::BatchSearchRequest request, const CallContext& call,
               Callback<v1::BatchSearchResponse> done) {
          StartBatch(std::move(request), call, std::move(done));
        });
  }

 private:
  void StartSearch(v1::SearchRequest&& request, CallContext call, Callback<v1::SearchResponse> done) {
    absl::StatusOr<SearchRequest> made = RequestFrom(std::move(request));
    if (!made.ok()) return done(std::move(made).status());
    environment_.engine.Search(*std::move(made), std::move(call),
                               Then<SearchResult>(std::move(done), [](SearchResult&& result) {
                                 return ToProto(std::move(result));
                               }));
  }

  void StartBatch(v1::BatchSearchRequest&& request, const CallContext& call,
                  Callback<v1::BatchSearchResponse> done) {
    const int searches = request.requests_size();
    absl::Status count = CheckCount(searches, environment_.engine.limits().searches_per_batch);
    if (!count.ok()) return done(std::move(count));
    const auto gathering = std::make_shared<Gathering>(searches, std::move(done));
    std::vector<SearchRequest> good;
    std::vector<int> places;
    for (int place = 0; place < searches; ++place) {
      absl::StatusOr<SearchRequest> made = RequestFrom(std::move(*request.mutable_requests(place)));
      if (made.ok()) {
        good.push_back(*std::move(made));
        places.push_back(place);
      } else {
        gathering->Put(place, std::move(made).status());
      }
    }
    environment_.engine.BatchSearch(std::move(good), call,
                                    [gathering, places](size_t i, absl::StatusOr<SearchResult> result) {
                                      if (!result.ok())
                                        return gathering->Put(places[i], std::move(result).status());
                                      gathering->Put(places[i], ToProto(*std::move(result)));
                                    });
  }

  CallEnvironment& environment_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSearchService(CallEnvironment& environment) {
  return std::make_unique<SearchService>(environment);
}

}  // namespace voisin::service
