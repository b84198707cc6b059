#include "service/proto_value.h"

#include <gtest/gtest.h>

#include <limits>

#include "service/errors.h"
#include "service/proto_common.h"

namespace voisin::service {
namespace {

using google::protobuf::Struct;
using google::protobuf::Timestamp;

storage::Object Everything() {
  storage::Object inner{{"deep", storage::Value{1.5}}};
  storage::List list{storage::Value{std::string("a")}, storage::Value{}, storage::Value{inner}};
  return {{"flag", storage::Value{true}},
          {"list", storage::Value{list}},
          {"name", storage::Value{std::string("caf\u00e9")}},
          {"nothing", storage::Value{}},
          {"number", storage::Value{-2.0}},
          {"object", storage::Value{inner}}};
}

Struct Nested(int levels) {
  Struct fields;
  if (levels > 1) *(*fields.mutable_fields())["a"].mutable_struct_value() = Nested(levels - 1);
  return fields;
}

TEST(ProtoValue, EveryKindComesBack) {
  const auto back = ObjectFrom("metadata", ToProto(Everything()));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, Everything());
}

TEST(ProtoValue, ThirtyTwoLevelsAndNoMore) {
  EXPECT_TRUE(ObjectFrom("metadata", Nested(32)).ok());
  const absl::Status status = ObjectFrom("metadata", Nested(33)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(FieldOf(status)->starts_with("metadata.a.a.a"));
}

TEST(ProtoValue, NamesThePathOfABadValue) {
  Struct fields;
  auto& list = *(*fields.mutable_fields())["scores"].mutable_list_value();
  list.add_values()->set_number_value(1);
  list.add_values()->set_number_value(std::numeric_limits<double>::infinity());
  EXPECT_EQ(FieldOf(ObjectFrom("documents[0].metadata", std::move(fields)).status()),
            "documents[0].metadata.scores[1]");

  Struct unset;
  (*unset.mutable_fields())["x"];
  EXPECT_EQ(FieldOf(ObjectFrom("m", std::move(unset)).status()), "m.x");
}

TEST(ProtoTime, RoundTripsAndChecksItsRange) {
  for (const int64_t micros : {int64_t{0}, int64_t{-1}, int64_t{-1500000}, int64_t{1700000000123456}}) {
    EXPECT_EQ(*MicrosFrom("t", TimestampFromMicros(micros)), micros);
  }
  Timestamp time;
  time.set_seconds(253402300800);
  EXPECT_EQ(FieldOf(MicrosFrom("t", time).status()), "t");
  time.set_seconds(0);
  time.set_nanos(-1);
  EXPECT_FALSE(MicrosFrom("t", time).ok());
  time.set_nanos(1000000000);
  EXPECT_FALSE(MicrosFrom("t", time).ok());
}

TEST(ProtoName, WithAndWithoutPrefix) {
  EXPECT_EQ(*CollectionIdOf("collection", "collections/news"), "news");
  EXPECT_EQ(*CollectionIdOf("collection", "news"), "news");
  EXPECT_EQ(FieldOf(CollectionIdOf("collection", "").status()), "collection");
  EXPECT_EQ(FieldOf(CollectionIdOf("name", "collections/").status()), "name");
}

}  // namespace
}  // namespace voisin::service
