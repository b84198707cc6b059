#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "clients/hub/digest.h"
#include "clients/hub/http.h"
#include "clients/hub/model_id.h"
#include "tests/support/scratch_dir.h"

namespace voisin::hub {
namespace {

TEST(ModelIdTest, ReadsOwnerNameAndRevision) {
  const auto plain = ParseModelId("sentence-transformers/all-MiniLM-L6-v2");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->repository(), "sentence-transformers/all-MiniLM-L6-v2");
  EXPECT_EQ(plain->revision, "main");
  const auto pinned = ParseModelId("BAAI/bge-base-en-v1.5@refs/pr/3");
  ASSERT_TRUE(pinned.ok()) << pinned.status();
  EXPECT_EQ(pinned->name, "bge-base-en-v1.5");
  EXPECT_EQ(pinned->revision, "refs/pr/3");
}

TEST(ModelIdTest, RefusesAllElse) {
  for (const char* text : {"", "name", "/name", "owner/", "a/b/c", "../name", "owner/..", "owner/../x",
                           "owner/.hidden", "owner/a..b", "owner/name@", "owner/name@../x", "owner/name@a..b",
                           "owner/na me", "owner/name?x", "owner/-x", "owner\\x/name"}) {
    const absl::Status status = ParseModelId(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
  }
  EXPECT_FALSE(ParseModelId("owner/" + std::string(97, 'a')).ok());
}

// Expected values: FIPS 180-4's example, and `git hash-object`.
TEST(DigestTest, OfKnownContents) {
  const test::ScratchDir scratch;
  const auto path = scratch.path() / "file";
  ASSERT_TRUE(WriteFileAtomically(path, "abc").ok());
  const Digest sha256{Digest::Kind::sha256,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
  EXPECT_EQ(*DigestOfFile(path, Digest::Kind::sha256), sha256);
  EXPECT_TRUE(HasContent(path, 3, sha256));
  EXPECT_FALSE(HasContent(path, 4, sha256));
  ASSERT_TRUE(WriteFileAtomically(path, "hello world\n").ok());
  EXPECT_FALSE(HasContent(path, 12, sha256));
  EXPECT_EQ(DigestOfFile(path, Digest::Kind::git_blob)->hex, "3b18e512dba79e4c8300dd08aeb37f8e728b8dad");
  ASSERT_TRUE(WriteFileAtomically(path, "").ok());
  EXPECT_EQ(DigestOfFile(path, Digest::Kind::git_blob)->hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_TRUE(absl::IsNotFound(DigestOfFile(scratch.path() / "none", Digest::Kind::sha256).status()));
}

TEST(PercentEncodeTest, KeepsUnreservedCharactersOnly) {
  EXPECT_EQ(PercentEncode("aZ0-._~"), "aZ0-._~");
  EXPECT_EQ(PercentEncode("refs/pr/1 \xC3\xA9"), "refs%2Fpr%2F1%20%C3%A9");
}

}  // namespace
}  // namespace voisin::hub
