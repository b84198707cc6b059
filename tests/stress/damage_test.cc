#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "base/files.h"
#include "tests/stress/crash_fixture.h"

// One flipped byte in any file of a stopped server: a clear refusal, a clear error, or equal answers.
namespace voisin::test {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kEnd = absl::Seconds(60);
constexpr int kDocuments = 300;

int FlipsPerFile() {
  const char* crashes = std::getenv("VOISIN_CRASHES");
  return crashes != nullptr && std::string(crashes) == "all" ? 8 : 2;
}

// Files whose bytes matter, by path below `data_dir`. LOG is RocksDB's diary, LOCK and IDENTITY say nothing of the data.
std::vector<fs::path> DataFiles(const fs::path& data_dir) {
  static const std::set<std::string> skipped = {"LOCK", "LOG", "IDENTITY"};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(data_dir)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || entry.file_size() == 0) continue;
    if (!skipped.contains(name) && !name.starts_with("LOG.old"))
      files.push_back(fs::relative(entry.path(), data_dir));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string IdOf(int i) { return "d" + std::to_string(i); }

bool FlipByte(const fs::path& file, uint64_t position) {
  absl::StatusOr<std::string> bytes = ReadFile(file);
  if (!bytes.ok()) return false;
  (*bytes)[position % bytes->size()] ^= static_cast<char>(0x20);
  std::ofstream(file, std::ios::binary) << *bytes;
  return true;
}

// Empty when every document and every search answers as it must, or the first error that the server gives; a wrong answer
// fails the test.
absl::Status AskEverything(client::Client& client, const std::string& damage) {
  for (int i = 0; i < kDocuments; ++i) {
    v1::GetDocumentRequest get;
    get.set_collection(kCollection);
    get.set_id(IdOf(i));
    get.set_with_vector(true);
    const absl::StatusOr<v1::Document> document = client.GetDocument(get);
    if (!document.ok()) return document.status();
    const v1::Document expected = MakeDocument(IdOf(i), 1);
    EXPECT_EQ(document->SerializeAsString(), expected.SerializeAsString()) << damage;
    v1::SearchRequest search;
    search.set_collection(kCollection);
    *search.mutable_vector()->mutable_values() = expected.vector();
    search.set_top_k(1);
    const absl::StatusOr<v1::SearchResponse> response = client.Search(search);
    if (!response.ok()) return response.status();
    EXPECT_EQ(response->hits_size(), 1) << damage;
    if (response->hits_size() == 1) {
      EXPECT_EQ(response->hits(0).id(), IdOf(i)) << damage;
    }
  }
  return absl::OkStatus();
}

class DamageTest : public CrashTest {
 protected:
  void SetUp() override {
    CrashTest::SetUp();
    ServerProcess server = Start();
    CreateCollection(server.client());
    v1::UpsertDocumentsRequest request;
    request.set_collection(kCollection);
    for (int i = 0; i < kDocuments; ++i) *request.add_documents() = MakeDocument(IdOf(i), 1);
    const auto written = server.client().UpsertDocuments(request);
    ASSERT_TRUE(written.ok()) << written.status();
    Stop(server);
  }

  static void Stop(ServerProcess& server) {
    const absl::StatusOr<Exit> exit = server.Stop();
    ASSERT_TRUE(exit.ok()) << exit.status();
    ASSERT_EQ(exit->code, 0) << server.process().Output();
  }

  void TryFlip(const fs::path& file, uint64_t position) {
    const std::string damage = file.string() + " byte " + std::to_string(position);
    const fs::path copy = scratch() / "copy";
    fs::remove_all(copy);
    fs::copy(data_dir(), copy, fs::copy_options::recursive);
    ASSERT_TRUE(FlipByte(copy / file, position));
    absl::StatusOr<ServerProcess> server = ServerProcess::Launch(PlacesFor(copy));
    ASSERT_TRUE(server.ok()) << server.status();
    const absl::Status ready = server->WaitUntilReady();
    std::printf("%s: %s\n", damage.c_str(), ready.ok() ? "serves" : "refuses");
    if (ready.ok()) {
      CheckAnswers(*server, damage);
    } else {
      CheckRefusal(*server, damage);
    }
  }

 private:
  static void CheckAnswers(ServerProcess& server, const std::string& damage) {
    const absl::Status asked = AskEverything(server.client(), damage);
    if (asked.ok()) return Stop(server);
    EXPECT_TRUE(absl::IsDataLoss(asked)) << damage << ": " << asked;
    EXPECT_TRUE(server.process().IsRunning()) << damage;
  }

  static void CheckRefusal(ServerProcess& server, const std::string& damage) {
    const absl::StatusOr<Exit> exit = server.process().Wait(kEnd);
    ASSERT_TRUE(exit.ok()) << damage << ": neither ready nor ended: " << server.process().Output();
    EXPECT_EQ(exit->signal, 0) << damage << ": " << server.process().Output();
    EXPECT_NE(exit->code, 0) << damage;
    EXPECT_NE(server.process().Output().find("copy"), std::string::npos)
        << damage << " is not named: " << server.process().Output();
  }
};

TEST_F(DamageTest, AFlippedByteIsRefusedOrRepaired) {
  const std::vector<fs::path> files = DataFiles(data_dir());
  ASSERT_GE(files.size(), 4u);
  for (const fs::path& file : files) {
    const uint64_t size = fs::file_size(data_dir() / file);
    for (int flip = 0; flip < FlipsPerFile(); ++flip) TryFlip(file, random()() % size);
  }
}

}  // namespace
}  // namespace voisin::test
