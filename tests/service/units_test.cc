#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "service/collection_definition.h"
#include "service/errors.h"
#include "service/in_flight.h"
#include "service/page_token.h"
#include "service/utf8.h"

namespace voisin::service {
namespace {

TEST(ErrorsTest, CarryTheirDetails) {
  const absl::Status invalid = InvalidField("documents[3].vector", "expected 2 numbers, got 3");
  EXPECT_EQ(MessageOf(invalid), "documents[3].vector: expected 2 numbers, got 3");
  EXPECT_EQ(FieldOf(invalid), "documents[3].vector");
  EXPECT_EQ(ResourceOf(invalid).has_value(), false);
  const absl::Status missing = NotFoundResource("document", "a\nb", "no document");
  EXPECT_EQ(ResourceOf(missing)->type, "document");
  EXPECT_EQ(ResourceOf(missing)->name, "a\nb");
  EXPECT_TRUE(absl::IsAlreadyExists(ExistingResource("collection", "c", "there")));
  EXPECT_EQ(PreconditionOf(BrokenPrecondition("T", "s", "m"))->subject, "s");
  EXPECT_EQ(RetryDelayOf(RetryAfter(absl::UnavailableError("x"), absl::Milliseconds(1500))),
            absl::Milliseconds(1500));
  EXPECT_TRUE(AtField("f", absl::OkStatus()).ok());
}

TEST(Utf8Test, FindsTheFirstIllFormedByte) {
  EXPECT_EQ(FindInvalidUtf8("caf\u00e9 \u20ac \U0001f600"), std::nullopt);
  const std::vector<std::string_view> bad = {
      "\x80",     "\xc0\xaf",         "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
      "\xf5\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xc3("};
  for (std::string_view text : bad) EXPECT_EQ(FindInvalidUtf8("ok" + std::string(text)), 2u);
  EXPECT_TRUE(IsBlank(" \t\r\n\u2003\u3000"));
  EXPECT_FALSE(IsBlank(" x "));
}

TEST(PageTokenTest, FitsOnlyItsQuery) {
  const std::string token = MakePageToken(7, "a = 1", std::string("id\0\xff", 4));
  EXPECT_EQ(ReadPageToken(token, 7, "a = 1").value(), std::string("id\0\xff", 4));
  EXPECT_FALSE(ReadPageToken(token, 8, "a = 1").ok());
  EXPECT_FALSE(ReadPageToken(token, 7, "a = 2").ok());
  for (size_t i = 0; i < token.size(); ++i) {
    EXPECT_FALSE(ReadPageToken(token.substr(0, i), 7, "a = 1").ok());
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto read = ReadPageToken(changed, 7, "a = 1");
    if (read.ok()) {
      // Only the unused bits of the last character may differ.
      EXPECT_EQ(*read, std::string("id\0\xff", 4));
    }
  }
}

CollectionDefinition Definition() {
  return {"use-lite-en", "0123456789abcdef", 512,  index::Metric::l2,
          {16, 100, 64}, {{0.5f, 1}, "fr"},  0.97, index::VectorStorage::float16};
}

TEST(CollectionDefinitionTest, ReadsBackWhatItWrote) {
  const auto read = DecodeDefinition(EncodeDefinition(Definition()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->model, "use-lite-en");
  EXPECT_EQ(read->model_fingerprint, "0123456789abcdef");
  EXPECT_EQ(read->dimensions, 512u);
  EXPECT_EQ(read->metric, index::Metric::l2);
  EXPECT_EQ(read->params.ef_search, 64u);
  EXPECT_EQ(read->lexical.params.k1, 0.5f);
  EXPECT_EQ(read->lexical.params.b, 1);
  EXPECT_EQ(read->lexical.language, "fr");
  EXPECT_EQ(read->target_recall, 0.97);
  EXPECT_EQ(read->vector_storage, index::VectorStorage::float16);
  EXPECT_TRUE(read->has_terms);
}

TEST(CollectionDefinitionTest, ReadsTheThirdVersion) {
  std::string bytes = EncodeDefinition(Definition());
  bytes.resize(bytes.size() - 1);  // the storage
  bytes[0] = 3;
  const auto read = DecodeDefinition(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->target_recall, 0.97);
  EXPECT_EQ(read->vector_storage, index::VectorStorage::float32);
}

TEST(CollectionDefinitionTest, RefusesAnUnknownStorage) {
  std::string bytes = EncodeDefinition(Definition());
  bytes.back() = 3;
  EXPECT_TRUE(absl::IsDataLoss(DecodeDefinition(bytes).status()));
}

TEST(CollectionDefinitionTest, ReadsTheSecondVersion) {
  std::string bytes = EncodeDefinition(Definition());
  bytes.resize(bytes.size() - 9);  // the target, the storage
  bytes[0] = 2;
  const auto read = DecodeDefinition(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->lexical.language, "fr");
  EXPECT_TRUE(read->has_terms);
  EXPECT_EQ(read->target_recall, 0);
}

TEST(CollectionDefinitionTest, RefusesATargetThatNoRecallCanReach) {
  CollectionDefinition wrong = Definition();
  for (const double target : {-0.1, 1.1, std::nan("")}) {
    wrong.target_recall = target;
    EXPECT_TRUE(absl::IsDataLoss(DecodeDefinition(EncodeDefinition(wrong)).status())) << target;
  }
}

TEST(CollectionDefinitionTest, RefusesAnIndexThatCannotBe) {
  CollectionDefinition wrong = Definition();
  wrong.params.m = 1;
  EXPECT_TRUE(absl::IsDataLoss(DecodeDefinition(EncodeDefinition(wrong)).status()));
  wrong = Definition();
  for (const uint32_t dimensions : {0u, 8193u}) {
    wrong.dimensions = dimensions;
    EXPECT_TRUE(absl::IsDataLoss(DecodeDefinition(EncodeDefinition(wrong)).status())) << dimensions;
  }
}

TEST(CollectionDefinitionTest, ReadsTheFirstVersion) {
  std::string bytes = EncodeDefinition(Definition());
  bytes.resize(bytes.size() - 23);  // k1, b, length of the language, "fr", the target, the storage
  bytes[0] = 1;
  const auto read = DecodeDefinition(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->model_fingerprint, "0123456789abcdef");
  EXPECT_FALSE(read->has_terms);
  EXPECT_EQ(read->lexical.params.k1, index::LexicalParams().k1);
}

TEST(CollectionDefinitionTest, RefusesEveryCutAndSurvivesEveryChange) {
  const std::string bytes = EncodeDefinition(Definition());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeDefinition(bytes.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeDefinition(bytes + "x").status()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(value);
      (void)DecodeDefinition(changed);  // an answer, whichever, without reading outside
    }
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(DecodeDefinition("\x05" + bytes.substr(1)).status()));
}

TEST(InFlightTest, WaitsForTheLastTicket) {
  InFlight running;
  InFlight::Ticket first = running.Enter();
  InFlight::Ticket copy = first;
  running.Close();
  EXPECT_EQ(running.Enter(), nullptr);
  first.reset();
  std::thread leaves([ticket = std::move(copy)]() mutable { ticket.reset(); });
  running.WaitUntilIdle();
  leaves.join();
}

}  // namespace
}  // namespace voisin::service
