#include "service/grpc_server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/sync_stream.h>

#include <latch>
#include <thread>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/service/grpc_fixture.h"
#include "voisin/v1/embedding.grpc.pb.h"

namespace voisin::test {
namespace {

using Health = grpc::health::v1::Health;
using HealthRequest = grpc::health::v1::HealthCheckRequest;
using HealthResponse = grpc::health::v1::HealthCheckResponse;
using Context = service::CallContext;

class ServerTest : public GrpcTest {
 protected:
  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }
  absl::StatusOr<HealthResponse::ServingStatus> Check(const std::string& service) {
    grpc::ClientContext context;
    HealthRequest request;
    request.set_service(service);
    HealthResponse response;
    const grpc::Status status = Health::NewStub(Channel())->Check(&context, request, &response);
    if (!status.ok()) return absl::Status(static_cast<absl::StatusCode>(status.error_code()), "");
    return response.status();
  }
};

TEST_F(ServerTest, HealthFollowsTheEngine) {
  engine_.state = service::Readiness::recovering;
  Start();
  grpc::ClientContext context;
  const auto stub = Health::NewStub(Channel());
  const auto watch = stub->Watch(&context, HealthRequest());
  HealthResponse seen;
  do {
    ASSERT_TRUE(watch->Read(&seen));
  } while (seen.status() != HealthResponse::NOT_SERVING);
  EXPECT_EQ(*Check("voisin.v1.SearchService"), HealthResponse::NOT_SERVING);
  EXPECT_EQ(Check("voisin.v1.NoService").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client_->WaitUntilReady(absl::Milliseconds(100)).code(), absl::StatusCode::kUnavailable);

  engine_.state = service::Readiness::ready;
  ASSERT_TRUE(watch->Read(&seen));
  EXPECT_EQ(seen.status(), HealthResponse::SERVING);
  EXPECT_TRUE(client_->WaitUntilReady(absl::Seconds(10)).ok());
  for (const std::string service : {"", "voisin.v1.EmbeddingService", "voisin.v1.CollectionService",
                                    "voisin.v1.DocumentService", "voisin.v1.SearchService"}) {
    EXPECT_EQ(*Check(service), HealthResponse::SERVING) << service;
  }

  std::thread stopper([&] { server_->Shutdown(absl::Seconds(1)); });
  EXPECT_TRUE(watch->Read(&seen));
  EXPECT_EQ(seen.status(), HealthResponse::NOT_SERVING);
  context.TryCancel();
  stopper.join();
}

TEST_F(ServerTest, ReflectionListsTheServices) {
  Start();
  const auto channel = Channel();
  grpc::ClientContext context;
  grpc::internal::RpcMethod method("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                   grpc::internal::RpcMethod::BIDI_STREAMING, channel);
  const std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
          channel.get(), method, &context));
  const grpc::Slice list_services(std::string("\x3A\x00", 2));  // field 7, empty
  ASSERT_TRUE(stream->Write(grpc::ByteBuffer(&list_services, 1)));
  grpc::ByteBuffer answer;
  ASSERT_TRUE(stream->Read(&answer));
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(answer.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& slice : slices) text.append(slice.begin(), slice.end());
  for (const std::string name :
       {"voisin.v1.EmbeddingService", "voisin.v1.CollectionService", "voisin.v1.DocumentService",
        "voisin.v1.SearchService", "grpc.health.v1.Health"}) {
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, AStopFinishesWhatRunsAndRefusesTheRest) {
  std::latch started(1);
  std::latch release(1);
  std::thread worker;
  engine_.embed = [&](const service::EmbedRequest&, const Context&, const auto& done) {
    worker = std::thread([&, done] {
      started.count_down();
      release.wait();
      done(ResultOf("finished"));
    });
  };
  Start();
  std::thread caller([&] {
    const auto response = client_->Embed(v1::EmbedRequest());
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->model(), "finished");
  });
  started.wait();
  std::thread stopper([&] { server_->Shutdown(absl::Seconds(30)); });
  const auto late = client::Client::Connect(server_->address(), {.timeout = absl::Seconds(1)});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(late->Embed(v1::EmbedRequest()).ok());
  release.count_down();
  caller.join();
  stopper.join();
  worker.join();
}

TEST_F(ServerTest, GraceHasAnEnd) {
  std::thread worker;
  engine_.embed = [&](const service::EmbedRequest&, Context context, const auto& done) {
    worker = std::thread([done, context = std::move(context)] {
      while (!context.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      done(absl::CancelledError("stopped"));
    });
  };
  Start();
  std::thread caller([&] { EXPECT_FALSE(client_->Embed(v1::EmbedRequest()).ok()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  server_->Shutdown(absl::Milliseconds(100));
  caller.join();
  if (worker.joinable()) worker.join();
}

TEST_F(ServerTest, ATakenAddressIsAnError) {
  Start();
  config_.address = server_->address();
  const auto second = service::GrpcServer::Start(engine_, config_, *log_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(second.status().message().find(config_.address), absl::string_view::npos);
}

TEST_F(ServerTest, NobodyThere) {
  Start();
  const std::string address = server_->address();
  server_->Shutdown(absl::ZeroDuration());
  const auto late = client::Client::Connect(address, {.timeout = absl::Seconds(2)});
  const absl::Status status = late->ListModels().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find(address), absl::string_view::npos);
  EXPECT_EQ(late->WaitUntilReady(absl::Milliseconds(50)).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace voisin::test
