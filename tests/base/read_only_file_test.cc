#include "base/read_only_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/files.h"
#include "tests/support/scratch_dir.h"

namespace voisin {
namespace {

using ::testing::HasSubstr;

class ReadOnlyFileTest : public ::testing::Test {
 protected:
  std::string Take(const ReadOnlyFile& file, uint64_t offset, size_t count) {
    std::string text(count, '?');
    EXPECT_TRUE(file.Read(offset, std::as_writable_bytes(std::span(text))).ok());
    return text;
  }

  test::ScratchDir scratch_;
  const std::filesystem::path path_ = scratch_.path() / "file";
};

TEST_F(ReadOnlyFileTest, ReadsPieces) {
  ASSERT_TRUE(WriteFileAtomically(path_, "0123456789").ok());
  const auto file = ReadOnlyFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(Take(*file, 0, 10), "0123456789");
  EXPECT_EQ(Take(*file, 7, 2), "78");
  EXPECT_EQ(Take(*file, 10, 0), "");
  std::filesystem::remove(path_);
  EXPECT_EQ(Take(*file, 3, 1), "3");
}

TEST_F(ReadOnlyFileTest, SaysWhatIsMissing) {
  EXPECT_TRUE(absl::IsNotFound(ReadOnlyFile::Open(path_).status()));
  ASSERT_TRUE(WriteFileAtomically(path_, "0123").ok());
  const auto file = ReadOnlyFile::Open(path_);
  std::array<std::byte, 4> bytes;
  const absl::Status status = file->Read(2, bytes);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_.string() + ": expected 2 more bytes at 4"));
}

}  // namespace
}  // namespace voisin
