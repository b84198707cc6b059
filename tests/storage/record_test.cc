#include "storage/record.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

Document RichDocument() {
  Document document = MakeDocument("the id", 3, -5);
  document.metadata["null"] = Value{};
  document.metadata["yes"] = Value{true};
  document.metadata["no"] = Value{false};
  document.metadata["list"] = Value{List{Value{1e300}, Value{"text"}, Value{List{}}, Value{Object{}}}};
  document.metadata["object"] =
      Value{Object{{"", Value{"empty key"}}, {"nested", Value{Object{{"x", Value{2.0}}}}}}};
  return document;
}

// Decoding all of it works; decoding any part of it, or it with a byte more, is DataLoss.
void ExpectWhole(const std::string& bytes, const std::function<absl::Status(std::string_view)>& decode) {
  EXPECT_TRUE(decode(bytes).ok()) << decode(bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode(bytes.substr(0, size)).code(), absl::StatusCode::kDataLoss)
        << size << " of " << bytes.size();
  }
  EXPECT_EQ(decode(bytes + '\0').code(), absl::StatusCode::kDataLoss);
  std::string newer = bytes;
  newer[0] = static_cast<char>(bytes[0] + 1);
  EXPECT_EQ(decode(newer).code(), absl::StatusCode::kDataLoss);
}

TEST(Record, DocumentComesBack) {
  const Document document = RichDocument();
  const std::string bytes = EncodeDocument(document);
  const auto record = DecodeDocument(bytes);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(*record, (DocumentRecord{document.id, document.expire_time_us, document.text}));
  ExpectWhole(bytes, [](std::string_view in) { return DecodeDocument(in).status(); });
}

TEST(Record, MetadataComesBack) {
  const Document document = RichDocument();
  const std::string bytes = EncodeMetadata(document);
  const auto record = DecodeMetadata(bytes);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(*record, (MetadataRecord{document.id, document.expire_time_us, document.metadata}));
  ExpectWhole(bytes, [](std::string_view in) { return DecodeMetadata(in).status(); });
  ExpectWhole(bytes, [](std::string_view in) { return DecodeMetadataFields(in, {}).status(); });
}

TEST(Record, MetadataBringsOnlyTheFieldsAskedFor) {
  const Document document = RichDocument();
  const std::vector<std::string> fields = {"absent", "list", "version"};
  const auto record = DecodeMetadataFields(EncodeMetadata(document), fields);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->metadata,
            (Object{{"list", document.metadata.at("list")}, {"version", document.metadata.at("version")}}));
}

TEST(Record, VectorComesBack) {
  const std::vector<float> vector = {1.5f, -0.0f, 3e38f};
  EXPECT_EQ(*DecodeVector(EncodeVector(vector)), vector);
  EXPECT_EQ(*DecodeVector(EncodeVector({})), std::vector<float>());
  const std::string bytes = EncodeVector(vector);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeVector(bytes.substr(0, size)).ok(), size % sizeof(float) == 1) << size;
  }
}

TEST(Record, TermsComeBack) {
  const std::vector<TermCount> terms = {{0, 1}, {7, 300}, {~uint64_t{0}, ~uint32_t{0}}};
  const std::string bytes = EncodeTerms(terms);
  EXPECT_EQ(*DecodeTerms(bytes), terms);
  EXPECT_EQ(*DecodeTerms(EncodeTerms({})), std::vector<TermCount>());
  ExpectWhole(bytes, [](std::string_view in) { return DecodeTerms(in).status(); });
}

TEST(Record, TermsOutOfOrderTwiceOrWithoutACountAreRefused) {
  for (const std::vector<TermCount>& terms :
       std::vector<std::vector<TermCount>>{{{2, 1}, {1, 1}}, {{3, 1}, {3, 1}}, {{3, 0}}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckTerms(terms))) << CheckTerms(terms);
    EXPECT_TRUE(absl::IsDataLoss(DecodeTerms(EncodeTerms(terms)).status()));
  }
}

TEST(Record, NumbersComeBack) {
  for (uint64_t number : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 63, ~uint64_t{0}}) {
    const auto signed_number = static_cast<int64_t>(number);
    const KeyRecord key{number, signed_number};
    EXPECT_EQ(*DecodeKey(EncodeKey(key)), key);
    ExpectWhole(EncodeKey(key), [](std::string_view in) { return DecodeKey(in).status(); });
    const CollectionState state{number, number, number};
    EXPECT_EQ(*DecodeState(EncodeState(state)), state);
    ExpectWhole(EncodeState(state), [](std::string_view in) { return DecodeState(in).status(); });
    const RequestRecord request{number, number, static_cast<uint32_t>(number), 7, 3, signed_number};
    EXPECT_EQ(*DecodeRequest(EncodeRequest(request)), request);
    ExpectWhole(EncodeRequest(request), [](std::string_view in) { return DecodeRequest(in).status(); });
  }
}

TEST(Record, RequestsOfTheFirstVersionAreRead) {
  const auto read = DecodeRequest(std::string_view("\x01\x05\x04\x02\x01\x08", 6));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, (RequestRecord{.lsn = 5, .first_point = 4, .upserted = 2, .deleted = 1, .time_us = 4}));
  EXPECT_FALSE(DecodeRequest(std::string_view("\x03\x05\x04\x02\x01\x00\x08", 7)).ok());
}

TEST(Record, ChangeExpiryAndCollectionComeBack) {
  const Change change{.lsn = 0, .first_point = 1'000, .upserted = 3, .removed = {1, 1'000'000'007, 5}};
  const auto read = DecodeChange(EncodeChange(change));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->first_point, 1'000u);
  EXPECT_EQ(read->upserted, 3u);
  EXPECT_EQ(read->removed, change.removed);
  ExpectWhole(EncodeChange(change), [](std::string_view in) { return DecodeChange(in).status(); });

  EXPECT_EQ(*DecodeExpiry(EncodeExpiry("id")), "id");
  ExpectWhole(EncodeExpiry("id"), [](std::string_view in) { return DecodeExpiry(in).status(); });

  const CollectionRecord collection{
      .number = 0, .id = "c", .definition = std::string("\0x", 2), .create_time_us = -1};
  EXPECT_EQ(*DecodeCollection(EncodeCollection(collection)), collection);
  ExpectWhole(EncodeCollection(collection),
              [](std::string_view in) { return DecodeCollection(in).status(); });
}

TEST(Record, LyingCountsAndLengthsAreRefused) {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_FALSE(DecodeDocument("\x01" + huge).ok());
  EXPECT_FALSE(DecodeChange(std::string("\x01\x01\x01", 3) + huge).ok());
  EXPECT_FALSE(DecodeMetadata(std::string("\x01\x00\x00", 3) + huge).ok());
  EXPECT_FALSE(DecodeMetadata(std::string("\x01\x00\x00\x01\x00\x05", 6) + huge).ok());
  EXPECT_FALSE(DecodeKey("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + std::string(1, '\0')).ok())
      << "65 bits";
}

TEST(Record, ErrorsNameThePosition) {
  EXPECT_EQ(DecodeExpiry("\x01\x05xy").status().message(),
            "damaged record: expected a length within the record at byte 2 of 4");
}

TEST(Record, NestingIsBounded) {
  // An object with one field of lists inside each other.
  const auto nested = [](int levels) {
    std::string bytes("\x01\x00\x00\x01\x00", 5);
    for (int i = 0; i < levels; ++i) bytes += "\x05\x01";
    return bytes + '\0';
  };
  EXPECT_TRUE(DecodeMetadata(nested(kMaxMetadataDepth)).ok())
      << DecodeMetadata(nested(kMaxMetadataDepth)).status();
  EXPECT_FALSE(DecodeMetadata(nested(kMaxMetadataDepth + 1)).ok());
  EXPECT_FALSE(DecodeMetadata(nested(1'000'000)).ok());
}

TEST(Record, KeysOutOfOrderOrTwiceAreRefused) {
  const auto two_keys = [](const char* keys) {
    std::string bytes("\x01\x00\x00\x02", 4);
    for (int i = 0; i < 2; ++i) bytes += std::string("\x01") + keys[i] + '\0';
    return bytes;
  };
  EXPECT_TRUE(DecodeMetadata(two_keys("ab")).ok());
  EXPECT_FALSE(DecodeMetadata(two_keys("ba")).ok());
  EXPECT_FALSE(DecodeMetadata(two_keys("aa")).ok());
}

}  // namespace
}  // namespace voisin::storage
