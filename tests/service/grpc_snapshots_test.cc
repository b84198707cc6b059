// AdminService over the wire, with an engine of its own behind it.
#include <gmock/gmock.h>

#include "clients/cpp/client.h"
#include "service/grpc_server.h"
#include "tests/support/scratch_dir.h"

namespace voisin::service {
namespace {

using testing::HasSubstr;

class GrpcSnapshotsTest : public testing::Test {
 protected:
  GrpcSnapshotsTest() {
    options_.data_dir = scratch_.path() / "data";
    options_.models_dir = scratch_.path() / "models";
    options_.threads = 2;
    engine_ = Engine::Open(options_).value();
    engine_->WaitUntilReady();
    ServerConfig config;
    config.address = "127.0.0.1:0";
    server_ = GrpcServer::Start(*engine_, config, *log_).value();
    client_ = client::Client::Connect(server_->address(), {.timeout = absl::Seconds(60)});
    v1::CreateCollectionRequest create;
    create.set_collection_id("notes");
    create.mutable_collection()->set_dimensions(2);
    EXPECT_TRUE(client_->CreateCollection(create).ok());
    Put("a");
    Put("b");
  }

  void Put(const std::string& id) {
    v1::UpsertDocumentsRequest request;
    request.set_collection("collections/notes");
    v1::Document& document = *request.add_documents();
    document.set_id(id);
    document.set_text(std::string(3000, id[0]));
    document.add_vector(1);
    document.add_vector(static_cast<float>(id[0]));
    EXPECT_TRUE(client_->UpsertDocuments(request).ok());
  }
  absl::StatusOr<v1::Snapshot> Create(const std::string& id) {
    v1::CreateSnapshotRequest request;
    request.set_collection("collections/notes");
    request.set_snapshot_id(id);
    return client_->CreateSnapshot(request);
  }
  absl::StatusOr<v1::Collection> Restore(const std::string& id, const std::string& collection) {
    v1::RestoreSnapshotRequest request;
    request.set_name("snapshots/" + id);
    request.set_collection_id(collection);
    return client_->RestoreSnapshot(request);
  }
  absl::StatusOr<std::string> Export(const std::string& id) {
    std::string archive;
    const absl::Status status = client_->ExportSnapshot("snapshots/" + id, [&](const std::string& piece) {
      archive += piece;
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return archive;
  }
  absl::StatusOr<v1::Snapshot> Import(const std::string& archive, const std::string& id, size_t piece = 999) {
    size_t at = 0;
    return client_->ImportSnapshot(id, [&]() -> absl::StatusOr<std::string> {
      if (at >= archive.size()) return std::string();
      at += piece;
      return archive.substr(at - piece, piece);
    });
  }

  test::ScratchDir scratch_;
  Engine::Options options_;
  std::ostringstream lines_;
  std::unique_ptr<Log> log_ = LogToStream(lines_, LogFormat::json, LogLevel::debug);
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(GrpcSnapshotsTest, CreateListRestoreDelete) {
  const auto made = Create("first");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->name(), "snapshots/first");
  EXPECT_EQ(made->collection(), "collections/notes");
  EXPECT_EQ(made->document_count(), 2u);
  EXPECT_EQ(made->lsn(), 2u);
  Put("c");
  ASSERT_TRUE(Create("second").ok());
  const auto all = client_->ListSnapshots("");
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).SerializeAsString(), made->SerializeAsString());
  EXPECT_EQ(client_->ListSnapshots("collections/other")->size(), 0u);
  const auto restored = Restore("first", "old");
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->document_count(), 2u);
  EXPECT_TRUE(client_->DeleteSnapshot("snapshots/first").ok());
  EXPECT_EQ(client_->ListSnapshots("")->size(), 1u);
}

TEST_F(GrpcSnapshotsTest, AnArchiveGoesOutAndIn) {
  ASSERT_TRUE(Create("first").ok());
  const auto archive = Export("first");
  ASSERT_TRUE(archive.ok()) << archive.status();
  const auto imported = Import(*archive, "again");
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->name(), "snapshots/again");
  EXPECT_EQ(imported->document_count(), 2u);
  EXPECT_EQ(Export("again").value(), *archive);
  EXPECT_EQ(Restore("again", "copy")->document_count(), 2u);
  EXPECT_TRUE(absl::IsAlreadyExists(Import(*archive, "again").status()));
  EXPECT_THAT(Import(*archive, "").value().name(), testing::StartsWith("snapshots/notes-"));
}

TEST_F(GrpcSnapshotsTest, ErrorsAreStatusesWithDetails) {
  EXPECT_TRUE(absl::IsNotFound(Restore("gone", "x").status()));
  EXPECT_TRUE(absl::IsNotFound(Export("gone").status()));
  EXPECT_TRUE(absl::IsNotFound(client_->DeleteSnapshot("gone")));
  EXPECT_THAT(Create("Bad Name").status().ToString(), HasSubstr("snapshot_id"));
  EXPECT_TRUE(absl::IsDataLoss(Import("no archive at all, for sure; long enough", "x").status()));
  EXPECT_TRUE(absl::IsDataLoss(Import("", "x").status()));
  ASSERT_TRUE(Create("first").ok());
  const std::string archive = Export("first").value();
  EXPECT_TRUE(absl::IsDataLoss(Import(archive.substr(0, archive.size() - 1), "x").status()));
  EXPECT_TRUE(absl::IsAlreadyExists(Restore("first", "notes").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Restore("first", "").status()));
  EXPECT_EQ(client_->ListSnapshots("")->size(), 1u);
}

TEST_F(GrpcSnapshotsTest, AClientThatLeavesEndsTheCallAndLeavesNothing) {
  ASSERT_TRUE(Create("first").ok());
  const absl::Status left = client_->ExportSnapshot(
      "first", [](const std::string&) { return absl::ResourceExhaustedError("no room here"); });
  EXPECT_TRUE(absl::IsResourceExhausted(left)) << left;
  const std::string archive = Export("first").value();
  bool first = true;
  const absl::Status broken = client_
                                  ->ImportSnapshot("half",
                                                   [&]() -> absl::StatusOr<std::string> {
                                                     if (!std::exchange(first, false))
                                                       return absl::DataLossError("the file cannot be read");
                                                     return archive.substr(0, 500);
                                                   })
                                  .status();
  EXPECT_TRUE(absl::IsDataLoss(broken)) << broken;
  server_->Shutdown(absl::Seconds(1));
  ASSERT_TRUE(engine_->Drain().ok());
  size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.data_dir / "snapshots")) {
    EXPECT_EQ(entry.path().filename(), "first");
    ++entries;
  }
  EXPECT_EQ(entries, 1u);
}

TEST_F(GrpcSnapshotsTest, PagesFollowEachOther) {
  for (const char* id : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(Create(id).ok());
  EXPECT_EQ(client_->ListSnapshots("notes")->size(), 5u);
}

TEST_F(GrpcSnapshotsTest, RecallIsMeasured) {
  v1::MeasureRecallRequest request;
  request.set_collection("collections/notes");
  request.set_sample(2);
  const auto answer = client_->MeasureRecall(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->recall(), 1);
  EXPECT_EQ(answer->live_queries(), 0u);
  EXPECT_EQ(answer->stored_queries(), 2u);
  EXPECT_EQ(answer->ef(), index::IndexParams().ef_search);
  EXPECT_EQ(client_->GetCollection("notes")->measured_recall(), 1);
  request.set_sample(1001);
  EXPECT_THAT(std::string(client_->MeasureRecall(request).status().message()), HasSubstr("sample"));
  request.set_collection("collections/absent");
  EXPECT_TRUE(absl::IsInvalidArgument(client_->MeasureRecall(request).status()));
  request.set_sample(1);
  EXPECT_TRUE(absl::IsNotFound(client_->MeasureRecall(request).status()));
}

}  // namespace
}  // namespace voisin::service
