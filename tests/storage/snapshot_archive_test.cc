// Manifests and archives of snapshots: as they were written, cut short, flipped, newer.
#include "storage/snapshot_archive.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "base/files.h"
#include "storage/keys.h"
#include "tests/support/scratch_dir.h"

namespace voisin::storage {
namespace {

using testing::HasSubstr;

class Kept : public ArchiveReader::Sink {
 public:
  absl::Status Begin(const SnapshotFile& file) override {
    name_ = file.name;
    open_[name_];
    return absl::OkStatus();
  }
  absl::Status Bytes(std::string_view bytes) override {
    open_[name_] += bytes;
    return absl::OkStatus();
  }
  absl::Status End() override {
    files[name_] = open_[name_];
    return absl::OkStatus();
  }
  std::map<std::string, std::string> files;  // whole ones

 private:
  std::string name_;
  std::map<std::string, std::string> open_;
};

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    Write("index/MANIFEST", "not really");
    Write("tables/documents-000001.sst", std::string(3000, 'd'));
    Write("tables/keys-000001.sst", "");
    manifest_.form = SnapshotManifest::Form::tables;
    manifest_.database_format = 1;
    manifest_.create_time_us = 1'700'000'000'000'000;
    manifest_.collection = {7, "notes", "definition", 1'600'000'000'000'000};
    manifest_.state = {12, 3, 4};
  }

  void Write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories((scratch_.path() / name).parent_path());
    std::ofstream(scratch_.path() / name, std::ios::binary) << content;
    manifest_.files.push_back(DescribeFile(scratch_.path(), name).value());
  }

  absl::StatusOr<std::string> Pack(size_t piece = 100) {
    ArchiveWriter writer(scratch_.path(), manifest_);
    std::string archive;
    while (true) {
      const auto bytes = writer.Read(piece);
      if (!bytes.ok() || bytes->empty()) return bytes.ok() ? absl::StatusOr<std::string>(archive) : bytes;
      EXPECT_LE(bytes->size(), piece);
      archive += *bytes;
    }
  }

  static absl::StatusOr<SnapshotManifest> Unpack(std::string_view archive, Kept& kept, size_t piece = 100) {
    ArchiveReader reader(kept);
    for (size_t at = 0; at < archive.size(); at += piece) {
      if (absl::Status status = reader.Add(archive.substr(at, piece)); !status.ok()) return status;
    }
    return reader.Finish();
  }
  static absl::Status UnpackError(std::string_view archive) {
    Kept kept;
    return Unpack(archive, kept).status();
  }

  test::ScratchDir scratch_;
  SnapshotManifest manifest_;
};

TEST_F(ArchiveTest, ComesBackInPiecesOfAnySize) {
  for (const size_t piece : {1u, 31u, 33u, 1000u, 1000000u}) {
    const auto archive = Pack(piece);
    ASSERT_TRUE(archive.ok()) << archive.status();
    Kept kept;
    const auto manifest = Unpack(*archive, kept, piece);
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(*manifest, manifest_);
    EXPECT_EQ(manifest->bytes(), 3010u);
    EXPECT_EQ(kept.files.size(), 3u);
    EXPECT_EQ(kept.files.at("index/MANIFEST"), "not really");
    EXPECT_EQ(kept.files.at("tables/documents-000001.sst"), std::string(3000, 'd'));
    EXPECT_EQ(kept.files.at("tables/keys-000001.sst"), "");
  }
}

TEST_F(ArchiveTest, EveryByteIsUnderAChecksum) {
  const std::string archive = Pack().value();
  for (size_t at = 0; at < archive.size(); ++at) {
    for (const unsigned bit : {0x01u, 0x40u}) {
      std::string damaged = archive;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ bit);
      EXPECT_FALSE(UnpackError(damaged).ok()) << "byte " << at;
    }
    EXPECT_TRUE(absl::IsDataLoss(UnpackError(archive.substr(0, at)))) << "cut at " << at;
  }
  EXPECT_TRUE(absl::IsDataLoss(UnpackError(archive + std::string(1, '\0'))));
}

TEST_F(ArchiveTest, ANewerVersionIsAPreconditionThatNamesBoth) {
  std::string archive = Pack().value();
  archive[8] = 9;
  const absl::Status status = UnpackError(archive);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("format version 9, this program reads up to 1"));
  manifest_.database_format = kFormatVersion + 1;
  const absl::Status tables = UnpackError(Pack().value());
  EXPECT_TRUE(absl::IsFailedPrecondition(tables)) << tables;
}

TEST_F(ArchiveTest, NoNameLeavesTheFolder) {
  for (const std::string& name :
       std::vector<std::string>{"/etc/passwd", "../x", "tables/../../x", "tables/..", "tables/.", "tables/.x",
                                "tables/", "other/x", "x", "", "tables/a/b", "tables//x", "tables/a b",
                                "tables\\x", std::string("index/a\0b", 9)}) {
    EXPECT_FALSE(IsSnapshotFileName(name)) << name;
    SnapshotManifest manifest = manifest_;
    manifest.files = {{name, 0, Checksum("")}};
    EXPECT_TRUE(absl::IsDataLoss(DecodeSnapshot(EncodeSnapshot(manifest)).status())) << name;
  }
  EXPECT_FALSE(IsSnapshotFileName("tables/" + std::string(65, 'a')));
  EXPECT_TRUE(IsSnapshotFileName("tables/" + std::string(64, 'a')));
}

TEST_F(ArchiveTest, NoNameComesTwice) {
  manifest_.files[1].name = manifest_.files[0].name;
  EXPECT_TRUE(absl::IsDataLoss(DecodeSnapshot(EncodeSnapshot(manifest_)).status()));
}

TEST_F(ArchiveTest, AWholeDatabaseIsNoArchive) {
  manifest_.form = SnapshotManifest::Form::database;
  EXPECT_TRUE(absl::IsDataLoss(UnpackError(Pack().value())));
}

TEST_F(ArchiveTest, DamageOnDiskIsNotPacked) {
  std::ofstream(scratch_.path() / "tables/documents-000001.sst", std::ios::binary) << std::string(3000, 'e');
  const absl::Status status = Pack().status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("tables/documents-000001.sst"));
  EXPECT_TRUE(absl::IsDataLoss(VerifyFiles(scratch_.path(), manifest_)));
  std::filesystem::remove(scratch_.path() / "tables/documents-000001.sst");
  EXPECT_TRUE(absl::IsDataLoss(Pack().status()));
  EXPECT_THAT(std::string(VerifyFiles(scratch_.path(), manifest_).message()), HasSubstr("is missing"));
}

}  // namespace
}  // namespace voisin::storage
