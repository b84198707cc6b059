#include "base/files.h"

#include "gtest/gtest.h"
#include "tests/support/scratch_dir.h"

namespace voisin {
namespace {

TEST(Files, WritesWholeAndReadsBack) {
  test::ScratchDir dir;
  const auto path = dir.path() / "file";
  const std::string_view parts[] = {"one ", "two"};
  ASSERT_TRUE(WriteFileAtomically(path, parts).ok());
  EXPECT_EQ(ReadFile(path).value(), "one two");
  ASSERT_TRUE(WriteFileAtomically(path, "three").ok());
  EXPECT_EQ(ReadFile(path).value(), "three");
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "file.tmp"));
}

TEST(Files, EmptyFileHasNoBytes) {
  test::ScratchDir dir;
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "empty", "").ok());
  EXPECT_TRUE(MappedFile::Open(dir.path() / "empty")->bytes().empty());
}

TEST(Files, MissingFileIsNotFoundAndNamed) {
  const auto file = MappedFile::Open("/nonexistent/voisin");
  EXPECT_EQ(file.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(file.status().message().find("/nonexistent/voisin"), std::string::npos);
}

TEST(Files, FolderIsNoFile) {
  test::ScratchDir dir;
  EXPECT_EQ(MappedFile::Open(dir.path()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Files, MakesFoldersThatAreMissing) {
  test::ScratchDir dir;
  for (const char* name : {"a/b/c", "a/b/c", "a/d/"}) {
    const absl::Status made = MakeFolders(dir.path() / name);
    EXPECT_TRUE(made.ok()) << made;
    EXPECT_TRUE(std::filesystem::is_directory(dir.path() / name));
  }
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "file", "").ok());
  const absl::Status refused = MakeFolders(dir.path() / "file" / "x");
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.message().find((dir.path() / "file").string()), std::string::npos) << refused;
}

TEST(Files, ChecksumIsXxh3) { EXPECT_EQ(Checksum(""), 0x2d06800538d394c2u); }

TEST(Files, ChecksumOfPartsIsThatOfTheWhole) {
  const std::string whole = std::string(1000, 'a') + "b" + std::string(300, 'c');
  const std::string_view view = whole;
  const std::string_view parts[] = {view.substr(0, 7), view.substr(7, 0), view.substr(7, 993),
                                    view.substr(1000)};
  EXPECT_EQ(Checksum(parts), Checksum(view));
}

TEST(Files, MovedMappingKeepsItsBytes) {
  test::ScratchDir dir;
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "f", "abc").ok());
  MappedFile first = *MappedFile::Open(dir.path() / "f");
  MappedFile second = std::move(first);
  EXPECT_EQ(second.text(), "abc");
  EXPECT_TRUE(first.bytes().empty());
}

}  // namespace
}  // namespace voisin
