#include "storage/field_path.h"

#include <gmock/gmock.h>

namespace voisin::storage {
namespace {

using testing::ElementsAre;

TEST(FieldPathTest, IsWrittenAsInFilters) {
  EXPECT_THAT(*ParseFieldPath("section"), ElementsAre("section"));
  EXPECT_THAT(*ParseFieldPath("a.b.c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*ParseFieldPath(" \"a.b\" . c "), ElementsAre("a.b", "c"));
}

TEST(FieldPathTest, RefusesEverythingElse) {
  for (const char* text : {"", "  ", ".", "a.", ".a", "a b", "a = 1", "(a)", "\"a", "a,b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseFieldPath(text).status())) << text;
  }
}

TEST(FieldPathTest, FindsThroughObjectsOnly) {
  const Object inner = {{"b", {2.0}}};
  const Object metadata = {{"a", {inner}}, {"list", {List{{1.0}}}}};
  EXPECT_EQ(*Find(metadata, {"a", "b"}), Value{2.0});
  EXPECT_EQ(Find(metadata, {"a", "c"}), nullptr);
  EXPECT_EQ(Find(metadata, {"list", "b"}), nullptr);
  EXPECT_EQ(Find(metadata, {"a", "b", "c"}), nullptr);
}

}  // namespace
}  // namespace voisin::storage
