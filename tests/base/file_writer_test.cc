#include "base/file_writer.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/support/scratch_dir.h"

namespace voisin {
namespace {

TEST(RunningChecksumTest, EqualsTheChecksumOfTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i * i);
  for (const size_t piece : {1u, 7u, 240u, 1024u, 100000u}) {
    RunningChecksum checksum;
    for (size_t at = 0; at < text.size(); at += piece) checksum.Add(std::string_view(text).substr(at, piece));
    EXPECT_EQ(checksum.value(), Checksum(text)) << piece;
  }
  EXPECT_EQ(RunningChecksum().value(), Checksum(""));
}

TEST(FileWriterTest, WritesPiecesIntoANewFile) {
  const test::ScratchDir scratch;
  const auto path = scratch.path() / "a" / "b" / "file";
  auto writer = FileWriter::Create(path);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Append("one").ok());
  FileWriter moved = *std::move(writer);
  ASSERT_TRUE(moved.Append(" two").ok());
  ASSERT_TRUE(moved.Finish().ok());
  EXPECT_EQ(ReadFile(path).value(), "one two");
  EXPECT_TRUE(absl::IsAlreadyExists(FileWriter::Create(path).status()));
  EXPECT_TRUE(SyncTree(scratch.path()).ok());
  EXPECT_TRUE(absl::IsNotFound(SyncFolder(scratch.path() / "nothing")));
}

TEST(FileWriterTest, NamesTheFileThatItCannotWrite) {
  const auto writer = FileWriter::Create("/proc/no-such-place/file");
  EXPECT_FALSE(writer.ok());
  EXPECT_NE(writer.status().ToString().find("/proc/no-such-place"), std::string::npos);
}

}  // namespace
}  // namespace voisin
