#include <grpcpp/create_channel.h>

#include <latch>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/errors.h"
#include "tests/service/grpc_fixture.h"
#include "voisin/v1/document.grpc.pb.h"
#include "voisin/v1/embedding.grpc.pb.h"
#include "voisin/v1/search.grpc.pb.h"

namespace voisin::test {
namespace {

using Context = service::CallContext;

class UnaryTest : public GrpcTest {
 protected:
  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  // Embeds nothing until the caller is gone, and says so.
  void EmbedUntilCancelled() {
    engine_.embed = [this](service::EmbedRequest, Context context,
                           service::Callback<service::EmbedResult> done) {
      started_.count_down();
      waiter_ = std::thread([this, context = std::move(context), done = std::move(done)] {
        while (!context.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        cancelled_.count_down();
        done(absl::CancelledError("the caller left"));
      });
    };
  }

  std::latch started_{1};
  std::latch cancelled_{1};
  std::thread waiter_;
};

TEST_F(UnaryTest, AnswersTravel) {
  engine_.embed = [](const service::EmbedRequest& request, const Context&, const auto& done) {
    service::EmbedResult result = ResultOf(request.texts.at(0));
    result.embeddings.push_back({{1, 2}, 3, false});
    done(std::move(result));
  };
  Start();
  v1::EmbedRequest request;
  request.add_texts("caf\u00e9");
  const auto response = client_->Embed(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->model(), "caf\u00e9");
  EXPECT_EQ(response->embeddings(0).values(1), 2);
}

TEST_F(UnaryTest, ErrorsCarryDetails) {
  engine_.search = [](const service::SearchRequest&, const Context&, const auto& done) {
    done(service::RetryAfter(absl::ResourceExhaustedError("the queue is full"), absl::Seconds(2)));
  };
  Start();
  grpc::ClientContext context;
  v1::SearchRequest request;
  request.set_collection("c");
  v1::SearchResponse response;
  const grpc::Status status = v1::SearchService::NewStub(Channel())->Search(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(details.details(0).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(client_->Search(request).status().message(), "the queue is full (try again in 2s)");
}

TEST_F(UnaryTest, LongErrorsStillArrive) {
  engine_.search = [](const service::SearchRequest&, const Context&, const auto& done) {
    done(service::InvalidField(std::string(5000, '\xE9'), std::string(50000, '\n')));
  };
  Start();
  v1::SearchRequest request;
  request.set_collection("c");
  EXPECT_EQ(client_->Search(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(UnaryTest, IllFormedUtf8IsNamed) {
  Start();
  v1::EmbedRequest request;
  request.add_texts("fine");
  request.add_texts("ab\xC3");
  const absl::Status status = client_->Embed(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "texts[1]: expected UTF-8, got an ill-formed byte at 2");
}

TEST_F(UnaryTest, HugeMessagesAreRefusedBothWays) {
  config_.max_message_bytes = 100000;
  engine_.embed = [](const service::EmbedRequest&, const Context&, const auto& done) {
    service::EmbedResult result;
    result.embeddings.push_back({std::vector<float>(30000), 1, false});
    done(std::move(result));
  };
  Start();
  v1::EmbedRequest request;
  request.add_texts(std::string(200000, 'a'));
  const absl::Status in = client_->Embed(request).status();
  EXPECT_EQ(in.code(), absl::StatusCode::kResourceExhausted) << in;
  EXPECT_NE(in.message().find("100000"), absl::string_view::npos) << in;
  const absl::Status out = client_->Embed(v1::EmbedRequest()).status();
  EXPECT_EQ(out.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(out.message().find("at most 100000"), absl::string_view::npos) << out;
}

TEST_F(UnaryTest, DeadlineReachesTheEngine) {
  EmbedUntilCancelled();
  options_.timeout = absl::Milliseconds(200);
  Start();
  EXPECT_EQ(client_->Embed(v1::EmbedRequest()).status().code(), absl::StatusCode::kDeadlineExceeded);
  cancelled_.wait();
  waiter_.join();
}

TEST_F(UnaryTest, DeadlineIsTold) {
  engine_.embed = [](const service::EmbedRequest&, const Context& context, const auto& done) {
    const double left = absl::ToDoubleSeconds(context.deadline - absl::Now());
    const std::string said = left > 10 && left < 21 ? "right" : std::to_string(left);
    done(absl::AbortedError(said));
  };
  Start();
  EXPECT_EQ(client_->Embed(v1::EmbedRequest()).status().message(), "right");
}

TEST_F(UnaryTest, CancellationReachesTheEngine) {
  EmbedUntilCancelled();
  Start();
  grpc::ClientContext context;
  std::thread caller([&] {
    v1::EmbedResponse response;
    const auto stub = v1::EmbeddingService::NewStub(Channel());
    EXPECT_EQ(stub->Embed(&context, v1::EmbedRequest(), &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  started_.wait();
  context.TryCancel();
  cancelled_.wait();
  caller.join();
  waiter_.join();
}

TEST_F(UnaryTest, MissingDocumentHasItsName) {
  engine_.get = [](const service::GetRequest&, const auto& done) { done(FakeEngine::Documents(1)); };
  Start();
  v1::GetDocumentRequest request;
  request.set_collection("collections/c");
  request.set_id("d");
  const absl::Status status = client_->GetDocument(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(status.message().find("collections/c/documents/d"), absl::string_view::npos) << status;
}

TEST_F(UnaryTest, EachSearchOfABatchFailsAlone) {
  std::vector<std::thread> threads;
  engine_.search = [&](const service::SearchRequest& request, const Context&, const auto& done) {
    threads.emplace_back([done, top_k = request.top_k] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 - top_k));
      service::SearchResult result;
      result.scored = top_k;
      top_k == 3 ? done(absl::NotFoundError("no three")) : done(std::move(result));
    });
  };
  Start();
  v1::BatchSearchRequest request;
  for (uint32_t i = 0; i < 10; ++i) {
    request.add_requests()->set_top_k(i);
    if (i != 5) request.mutable_requests(static_cast<int>(i))->set_collection("c");
  }
  const auto response = client_->BatchSearch(request);
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(response.ok()) << response.status();
  for (int i = 0; i < 10; ++i) {
    const v1::BatchSearchResult& result = response->results(i);
    EXPECT_EQ(result.has_error(), i == 3 || i == 5);
    if (result.has_error()) continue;
    EXPECT_EQ(result.response().scored(), static_cast<uint64_t>(i));
  }
  EXPECT_EQ(response->results(3).error().message(), "no three");
}

TEST_F(UnaryTest, BatchesHaveALimit) {
  engine_.allowed.searches_per_batch = 2;
  Start();
  v1::BatchSearchRequest request;
  EXPECT_EQ(client_->BatchSearch(request).status().message(), "requests: expected 1 to 2 searches, got 0");
  for (int i = 0; i < 3; ++i) request.add_requests();
  EXPECT_EQ(client_->BatchSearch(request).status().message(), "requests: expected 1 to 2 searches, got 3");
}

TEST_F(UnaryTest, AnUpdateKeepsWhatItsMaskDoesNotName) {
  engine_.get_collection = [](const std::string& id, const auto& done) {
    service::CollectionInfo info;
    info.spec.id = id;
    info.spec.params.m = 7;
    done(info);
  };
  engine_.update_collection = [](const std::string& id, service::CollectionParams params, const auto& done) {
    service::CollectionInfo info;
    info.spec.id = id;
    info.spec.params = params.index;
    done(info);
  };
  Start();
  v1::UpdateCollectionRequest request;
  request.mutable_collection()->set_name("collections/c");
  request.mutable_collection()->mutable_index()->set_ef_search(11);
  request.mutable_update_mask()->add_paths("index.ef_search");
  const auto updated = client_->UpdateCollection(request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->index().m(), 7U);
  EXPECT_EQ(updated->index().ef_search(), 11U);
}

TEST_F(UnaryTest, CallsAreLogged) {
  engine_.search = [](const service::SearchRequest&, const Context&, const auto& done) {
    done(absl::DataLossError("a page is damaged"));
  };
  Start();
  v1::SearchRequest request;
  request.set_collection("c");
  EXPECT_EQ(client_->Search(request).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(client_->Embed(v1::EmbedRequest()).status().code(), absl::StatusCode::kUnimplemented);
  server_->Shutdown(absl::Seconds(10));
  const std::string lines = lines_.str();
  EXPECT_NE(lines.find(R"("level":"error","event":"call","method":"Search","code":"DATA_LOSS")"),
            std::string::npos)
      << lines;
  EXPECT_NE(lines.find(R"("level":"debug","event":"call","method":"Embed")"), std::string::npos) << lines;
}

}  // namespace
}  // namespace voisin::test
