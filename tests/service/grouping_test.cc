#include "service/grouping.h"

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Hit HitOf(std::string id, storage::PointId point, storage::Value value) {
  Hit hit;
  hit.score = -static_cast<float>(point);
  hit.document.id = std::move(id);
  hit.document.metadata["kind"] = std::move(value);
  hit.point = point;
  return hit;
}

std::vector<std::string> TakeIds(Grouping& grouping) {
  std::vector<std::string> ids;
  for (const Hit& hit : grouping.Take()) ids.push_back(hit.document.id);
  return ids;
}

TEST(GroupingTest, KeepsTheBestOfEachValueInTheOrderOfTheBestHits) {
  Grouping grouping({"kind", 2}, 2);
  EXPECT_TRUE(grouping.Offer(HitOf("a1", 1, {std::string("a")})));
  EXPECT_TRUE(grouping.Offer(HitOf("b1", 2, {std::string("b")})));
  EXPECT_TRUE(grouping.Offer(HitOf("c1", 3, {std::string("c")})));  // a third group
  EXPECT_TRUE(grouping.Offer(HitOf("b2", 4, {std::string("b")})));
  EXPECT_TRUE(grouping.Offer(HitOf("b3", 5, {std::string("b")})));  // b is full
  EXPECT_FALSE(grouping.Offer(HitOf("a2", 6, {std::string("a")})));
  EXPECT_THAT(TakeIds(grouping), ElementsAre("a1", "a2", "b1", "b2"));
}

TEST(GroupingTest, ValuesOfDifferentTypesAreDifferent) {
  Grouping grouping({"kind", 9}, 9);
  grouping.Offer(HitOf("number", 1, {1.0}));
  grouping.Offer(HitOf("text", 2, {std::string("1")}));
  grouping.Offer(HitOf("truth", 3, {true}));
  grouping.Offer(HitOf("zero", 4, {0.0}));
  grouping.Offer(HitOf("minus zero", 5, {-0.0}));
  EXPECT_THAT(TakeIds(grouping), ElementsAre("number", "text", "truth", "zero", "minus zero"));
  EXPECT_THAT(TakeIds(grouping), IsEmpty());
  Grouping single({"kind", 1}, 9);
  single.Offer(HitOf("zero", 4, {0.0}));
  single.Offer(HitOf("minus zero", 5, {-0.0}));
  EXPECT_THAT(TakeIds(single), ElementsAre("zero"));
}

TEST(GroupingTest, ListsBelongToTheGroupOfEachValueAndWhatIsNoValueToNone) {
  Grouping grouping({"kind", 2}, 9);
  grouping.Offer(
      HitOf("both", 1, {storage::List{{std::string("x")}, {std::string("y")}, {std::string("x")}}}));
  grouping.Offer(HitOf("null", 2, {}));
  grouping.Offer(HitOf("object", 3, {storage::Object{{"x", {1.0}}}}));
  grouping.Offer(HitOf("nested", 4, {storage::List{{storage::List{{std::string("x")}}}, {}}}));
  grouping.Offer(HitOf("y", 5, {std::string("y")}));
  EXPECT_THAT(TakeIds(grouping), ElementsAre("both", "both", "y"));
}

TEST(GroupingTest, ChecksItsParameters) {
  EXPECT_TRUE(CheckGroupBy({"a.b", 0}, 10, 1000).ok());
  EXPECT_TRUE(CheckGroupBy({"a", 100}, 10, 1000).ok());
  EXPECT_TRUE(IsInvalidAt(CheckGroupBy({"", 1}, 10, 1000), "group_by.field", "expected a field"));
  EXPECT_TRUE(IsInvalidAt(CheckGroupBy({"\xff", 1}, 10, 1000), "group_by.field", "UTF-8"));
  EXPECT_TRUE(IsInvalidAt(CheckGroupBy({"a", 101}, 1, 1000), "group_by.group_size", "1 to 100"));
  EXPECT_TRUE(IsInvalidAt(CheckGroupBy({"a", 11}, 100, 1000), "group_by.group_size", "100 groups of 11"));
}

}  // namespace
}  // namespace voisin::service
