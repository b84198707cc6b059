#include <grpcpp/create_channel.h>

#include <mutex>
#include <set>
#include <thread>

#include "service/errors.h"
#include "tests/service/grpc_fixture.h"
#include "voisin/v1/document.grpc.pb.h"
#include "voisin/v1/embedding.grpc.pb.h"

namespace voisin::test {
namespace {

using Context = service::CallContext;
using Embedded = service::Callback<service::EmbedResult>;
using Upserted = service::Callback<service::UpsertResult>;

class StreamTest : public GrpcTest {
 protected:
  ~StreamTest() override {
    for (std::thread& thread : threads_) thread.join();
  }

  std::unique_ptr<v1::EmbeddingService::Stub> Embedding() {
    return v1::EmbeddingService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  std::unique_ptr<v1::DocumentService::Stub> Documents() {
    return v1::DocumentService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  void Later(std::chrono::milliseconds delay, std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([delay, work = std::move(work)] {
      std::this_thread::sleep_for(delay);
      work();
    });
  }

  // Answers with the text as model; "bad" is an error. The first of every five takes longest.
  void EchoTexts() {
    engine_.embed = [this](const service::EmbedRequest& request, const Context&, Embedded done) {
      const std::string text = request.texts.at(0);
      Later(std::chrono::milliseconds(20 - 4 * (asked_++ % 5)), [text, done = std::move(done)] {
        text == "bad" ? done(absl::InvalidArgumentError("a bad text")) : done(ResultOf(text));
      });
    };
  }

  // Holds every upsert until Release.
  void HoldUpserts() {
    engine_.upsert = [this](service::UpsertRequest request, const Context&, Upserted done) {
      const std::lock_guard lock(mutex_);
      held_.emplace_back(std::move(request), std::move(done));
    };
  }
  size_t Held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  bool WaitForHeld(size_t count) {
    for (int i = 0; i < 2000 && Held() < count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return Held() == count;
  }
  std::string Release(size_t place, uint64_t lsn) {
    std::pair<service::UpsertRequest, Upserted> one;
    {
      const std::lock_guard lock(mutex_);
      one = std::move(held_.at(place));
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(place));
    }
    one.second(WrittenAt(lsn));
    return one.first.documents.empty() ? "" : one.first.documents[0].text;
  }

  static v1::EmbedRequest Text(const std::string& text) {
    v1::EmbedRequest request;
    request.add_texts(text);
    return request;
  }
  static v1::UpsertDocumentsRequest Write(const std::string& id, const std::string& text = "") {
    v1::UpsertDocumentsRequest request;
    request.set_collection("c");
    request.add_documents()->set_id(id);
    request.mutable_documents(0)->set_text(text);
    return request;
  }

  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::vector<std::pair<service::UpsertRequest, Upserted>> held_;
  int asked_ = 0;
};

TEST_F(StreamTest, EmbedStreamAnswersInOrder) {
  EchoTexts();
  Start();
  const auto stub = Embedding();
  grpc::ClientContext context;
  const auto stream = stub->EmbedStream(&context);
  std::thread writer([&] {
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(stream->Write(Text(std::to_string(i))));
    stream->WritesDone();
  });
  v1::EmbedResponse response;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.model(), std::to_string(i));
  }
  EXPECT_FALSE(stream->Read(&response));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StreamTest, ABadRequestEndsEmbedStreamAfterTheAnswersBefore) {
  EchoTexts();
  Start();
  const auto stub = Embedding();
  for (const std::string bad : {"bad", "not UTF-8: \xFF"}) {
    grpc::ClientContext context;
    const auto stream = stub->EmbedStream(&context);
    for (const std::string& text : {std::string("a"), std::string("b"), bad, std::string("c")}) {
      stream->Write(Text(text));
    }
    v1::EmbedResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.model(), "a");
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.model(), "b");
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(StreamTest, ABadBatchOfStreamUpsertFailsAlone) {
  engine_.upsert = [lsn = uint64_t{0}](const service::UpsertRequest& request, const Context&,
                                       const auto& done) mutable {
    if (request.documents.at(0).id == "bad") return done(service::InvalidField("documents[0].id", "bad id"));
    done(WrittenAt(++lsn));
  };
  Start();
  const auto stub = Documents();
  grpc::ClientContext context;
  const auto stream = stub->StreamUpsert(&context);
  for (const std::string id : {"a", "bad", "b", "\xFF", "c"}) ASSERT_TRUE(stream->Write(Write(id)));
  stream->WritesDone();
  std::vector<uint64_t> lsns;
  std::vector<int> codes;
  uint64_t sequence = 0;
  for (v1::UpsertAck ack; stream->Read(&ack);) {
    EXPECT_EQ(ack.sequence(), sequence++);
    lsns.push_back(ack.lsn());
    codes.push_back(ack.status().code());
    EXPECT_EQ(ack.status().details_size(), ack.status().code() == 0 ? 0 : 1);
  }
  EXPECT_EQ(lsns, (std::vector<uint64_t>{1, 0, 2, 0, 3}));
  EXPECT_EQ(codes, (std::vector<int>{0, 3, 0, 3, 0}));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StreamTest, AtMostEightBatchesWaitForAnAnswer) {
  HoldUpserts();
  Start();
  const auto stub = Documents();
  grpc::ClientContext context;
  const auto stream = stub->StreamUpsert(&context);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(stream->Write(Write(std::to_string(i))));
  ASSERT_TRUE(WaitForHeld(8));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(Held(), 8U);
  Release(7, 100);  // the newest: its ack waits for the others, and so does the next read
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(Held(), 7U);
  Release(0, 1);
  EXPECT_TRUE(WaitForHeld(7));
  stream->WritesDone();
  for (int left = 18; left > 0; --left) {
    while (Held() == 0) std::this_thread::yield();
    Release(0, 1);
  }
  v1::UpsertAck ack;
  int acks = 0;
  while (stream->Read(&ack)) ++acks;
  EXPECT_EQ(acks, 20);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StreamTest, WritesOfOneDocumentKeepTheirOrder) {
  HoldUpserts();
  Start();
  const auto stub = Documents();
  grpc::ClientContext context;
  const auto stream = stub->StreamUpsert(&context);
  for (const std::string text : {"first", "second", "third"}) ASSERT_TRUE(stream->Write(Write("same", text)));
  stream->WritesDone();
  for (const std::string text : {"first", "second", "third"}) {
    ASSERT_TRUE(WaitForHeld(1));
    EXPECT_EQ(Release(0, 1), text);
  }
  v1::UpsertAck ack;
  while (stream->Read(&ack)) continue;
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StreamTest, CancellationInAnyState) {
  EchoTexts();
  Start();
  const auto stub = Embedding();
  for (int round = 0; round < 30; ++round) {
    grpc::ClientContext context;
    const auto stream = stub->EmbedStream(&context);
    for (int i = 0; i < round % 7; ++i) stream->Write(Text("x"));
    v1::EmbedResponse response;
    if (round % 3 == 1 && round % 7 > 0) stream->Read(&response);
    std::this_thread::sleep_for(std::chrono::milliseconds(round % 5));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  server_->Shutdown(absl::Seconds(10));
}

TEST_F(StreamTest, AStopAnswersWhatWasReadAndEndsTheStream) {
  HoldUpserts();
  Start();
  const auto stub = Documents();
  grpc::ClientContext context;
  const auto stream = stub->StreamUpsert(&context);
  ASSERT_TRUE(stream->Write(Write("a")));
  ASSERT_TRUE(WaitForHeld(1));
  std::thread stopper([&] { server_->Shutdown(absl::Seconds(30)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  Release(0, 9);
  v1::UpsertAck ack;
  EXPECT_TRUE(stream->Read(&ack));
  EXPECT_EQ(ack.lsn(), 9U);
  EXPECT_FALSE(stream->Read(&ack));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopper.join();
}

TEST_F(StreamTest, TheImporterTellsEveryAnswer) {
  engine_.upsert = [](const service::UpsertRequest& request, const Context&, const auto& done) {
    if (request.documents.at(0).id == "13") return done(absl::ResourceExhaustedError("full"));
    done(WrittenAt(7));
  };
  Start();
  std::vector<std::string> answered;
  const auto importer =
      client_->Import([&](const v1::UpsertDocumentsRequest& request, const absl::StatusOr<uint64_t>& lsn) {
        const std::string& id = request.documents(0).id();
        answered.push_back(id);
        EXPECT_EQ(lsn.ok(), id != "13");
      });
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(importer->Add(Write(std::to_string(i))).ok());
  EXPECT_TRUE(importer->Finish().ok());
  ASSERT_EQ(answered.size(), 50U);
  EXPECT_EQ(answered[49], "49");
}

TEST_F(StreamTest, TheImporterSaysWhenTheServerIsGone) {
  HoldUpserts();
  Start();
  std::atomic<int> unanswered = 0;
  const auto importer =
      client_->Import([&](const v1::UpsertDocumentsRequest&, const absl::StatusOr<uint64_t>& lsn) {
        if (!lsn.ok()) ++unanswered;
      });
  ASSERT_TRUE(importer->Add(Write("a")).ok());
  ASSERT_TRUE(WaitForHeld(1));
  Later(std::chrono::milliseconds(300), [this] { Release(0, 1); });
  server_->Shutdown(absl::ZeroDuration());
  absl::Status status = importer->Add(Write("b"));
  if (status.ok()) status = importer->Finish();
  EXPECT_FALSE(status.ok());
  EXPECT_GE(unanswered, 1);
}

}  // namespace
}  // namespace voisin::test
