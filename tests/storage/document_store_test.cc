#include "storage/document_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(DocumentStore, KeepsEveryPartOfADocument) {
  StoreFixture fixture;
  Document document = MakeDocument("a", 7, 99);
  document.metadata["list"] =
      Value{List{Value{}, Value{true}, Value{-1.5}, Value{Object{{"k", Value{"v"}}}}}};
  const auto applied = fixture.Upsert({document});
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->lsn, 1u);
  EXPECT_EQ(applied->first_point, 1u);
  const auto got = fixture.store().Get(fixture.collection(), "a", kAllParts);
  ASSERT_TRUE(got.ok() && got->has_value()) << got.status();
  EXPECT_EQ((*got)->point, 1u);
  EXPECT_EQ((*got)->document, document);
}

TEST(DocumentStore, MaskChoosesPartsAndAlwaysBringsIdAndExpiry) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a", 1, 77)}).ok());
  for (int bits = 0; bits < 16; ++bits) {
    const ReadMask mask{.text = (bits & 1) != 0,
                        .metadata = (bits & 2) != 0,
                        .vector = (bits & 4) != 0,
                        .terms = (bits & 8) != 0};
    const auto got = fixture.store().Get(fixture.collection(), "a", mask);
    ASSERT_TRUE(got.ok() && got->has_value()) << bits;
    const Document& document = (*got)->document;
    EXPECT_EQ(document.id, "a");
    EXPECT_EQ(document.expire_time_us, 77);
    EXPECT_EQ(!document.text.empty(), mask.text);
    EXPECT_EQ(!document.metadata.empty(), mask.metadata);
    EXPECT_EQ(!document.vector.empty(), mask.vector);
    EXPECT_EQ(!document.terms.empty(), mask.terms);
  }
}

TEST(DocumentStore, TermsOfLivePointsAreReadInOrder) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a"), MakeDocument("b"), MakeDocument("c")}).ok());
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a", 9)}).ok());
  ASSERT_TRUE(fixture.Delete({{"b", {}}}).ok());
  std::map<PointId, std::vector<TermCount>> read;
  const auto visit = [&](PointId point, std::span<const TermCount> terms) {
    read[point].assign(terms.begin(), terms.end());
    return absl::OkStatus();
  };
  ASSERT_TRUE(fixture.store().ReadTerms(fixture.collection(), 0, visit).ok());
  const std::map<PointId, std::vector<TermCount>> expected = {{3, MakeDocument("c").terms},
                                                              {4, MakeDocument("a", 9).terms}};
  EXPECT_EQ(read, expected);
  const std::vector<PointTerms> put = {{3, {{5, 5}}}};
  ASSERT_TRUE(fixture.store().PutTerms(fixture.collection(), put).ok());
  fixture.Reopen();
  EXPECT_EQ(fixture.Contents().at("c").document.terms, put[0].terms);
  EXPECT_TRUE(absl::IsNotFound(fixture.store().PutTerms(99, put)));
}

TEST(DocumentStore, TermsThatNoRecordMayHaveAreRefused) {
  StoreFixture fixture;
  Document document = MakeDocument("a");
  document.terms = {{2, 1}, {1, 1}};
  EXPECT_TRUE(absl::IsInvalidArgument(fixture.Upsert({document}).status()));
  EXPECT_TRUE(fixture.Contents().empty());
}

TEST(DocumentStore, NumbersEntriesAndPointsInOrder) {
  StoreFixture fixture;
  const auto three = fixture.Upsert({MakeDocument("a"), MakeDocument("b"), MakeDocument("c")});
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(three->lsn, 3u);
  EXPECT_EQ(three->first_point, 1u);
  const auto deletion = fixture.Delete({{"b", {}}, {"unknown", {}}});
  ASSERT_TRUE(deletion.ok());
  EXPECT_EQ(deletion->lsn, 4u);
  EXPECT_EQ(deletion->deleted, 1u);
  EXPECT_THAT(deletion->removed, ElementsAre(2u));
  const auto nothing = fixture.Delete({{"unknown", {}}});
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing->lsn, 5u);
  EXPECT_EQ(nothing->deleted, 0u);
  const auto replaced = fixture.Upsert({MakeDocument("c", 1), MakeDocument("d")});
  ASSERT_TRUE(replaced.ok());
  EXPECT_EQ(replaced->lsn, 7u);
  EXPECT_THAT(replaced->removed, ElementsAre(3u));
  EXPECT_EQ(*fixture.store().LastLsn(fixture.collection()), 7u);
  EXPECT_EQ(*fixture.store().Count(fixture.collection()), 3u);
}

TEST(DocumentStore, ChangesTellWhatEachEntryDid) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a"), MakeDocument("b")}).ok());
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a")}).ok());
  ASSERT_TRUE(fixture.Delete({{"b", {}}}).ok());
  const std::vector<Change> changes = fixture.Changes();
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].lsn, 2u);
  EXPECT_EQ(changes[0].first_point, 1u);
  EXPECT_EQ(changes[0].upserted, 2u);
  EXPECT_EQ(changes[1].lsn, 3u);
  EXPECT_THAT(changes[1].removed, ElementsAre(1u));
  EXPECT_EQ(changes[2].upserted, 0u);
  EXPECT_THAT(changes[2].removed, ElementsAre(2u));
  EXPECT_EQ(fixture.Changes(2).size(), 2u);
  EXPECT_THAT(fixture.Changes(4), IsEmpty());
}

TEST(DocumentStore, VisitorStopsAReadWithItsOwnError) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a")}).ok());
  auto stop = absl::CancelledError("enough");
  EXPECT_EQ(fixture.store().ReadChanges(fixture.collection(), 0, [&](const Change&) { return stop; }), stop);
  EXPECT_EQ(fixture.store().ReadVectors(fixture.collection(), 0,
                                        [&](PointId, std::span<const float>) { return stop; }),
            stop);
}

TEST(DocumentStore, ForgottenChangesAreRefusedNotSkipped) {
  StoreFixture fixture;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fixture.Upsert({MakeDocument("a", i)}).ok());
  ASSERT_TRUE(fixture.store().TrimChanges(fixture.collection(), 3).ok());
  fixture.Reopen();
  EXPECT_EQ(fixture.Changes(3).size(), 2u);
  const auto ignore = [](const Change&) { return absl::OkStatus(); };
  EXPECT_EQ(fixture.store().ReadChanges(fixture.collection(), 2, ignore).code(),
            absl::StatusCode::kOutOfRange);
  ASSERT_TRUE(fixture.store().TrimChanges(fixture.collection(), 1'000).ok());
  EXPECT_THAT(fixture.Changes(5), IsEmpty());
  EXPECT_EQ(fixture.Upsert({MakeDocument("b")})->lsn, 6u);
  EXPECT_EQ(fixture.Changes(5).size(), 1u);
}

TEST(DocumentStore, DeletionOfOnlyOneVersionSparesAnother) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a")}).ok());
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a", 2)}).ok());
  EXPECT_EQ(fixture.Delete({{"a", PointId{1}}})->deleted, 0u);
  EXPECT_EQ(fixture.Contents().size(), 1u);
  EXPECT_EQ(fixture.Delete({{"a", PointId{2}}})->deleted, 1u);
  EXPECT_THAT(fixture.Contents(), IsEmpty());
}

TEST(DocumentStore, DeletionsOfAnEntryComeBeforeItsUpserts) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a")}).ok());
  const auto both = fixture.Append({.collection = fixture.collection(),
                                    .request_id = "",
                                    .upserts = {MakeDocument("a", 2)},
                                    .deletions = {{"a", {}}, {"a", {}}}});
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->deleted, 1u);
  EXPECT_THAT(both->removed, ElementsAre(1u));
  EXPECT_EQ(fixture.Contents().at("a").point, 2u);
  EXPECT_EQ(*fixture.store().Count(fixture.collection()), 1u);
}

TEST(DocumentStore, RefusesAnEntryWholeWhenOnePartIsWrong) {
  StoreFixture fixture;
  const auto twice = fixture.Upsert({MakeDocument("a"), MakeDocument("b"), MakeDocument("a")});
  EXPECT_EQ(twice.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(twice.status().message(), HasSubstr("\"a\""));
  EXPECT_EQ(fixture.Upsert({MakeDocument("")}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(fixture.Upsert({MakeDocument(std::string(513, 'x'))}).status().code(),
            absl::StatusCode::kInvalidArgument);
  Document deep = MakeDocument("deep");
  Value value{1.0};
  for (int i = 0; i <= kMaxMetadataDepth; ++i) value = Value{List{std::move(value)}};
  deep.metadata["x"] = std::move(value);
  EXPECT_EQ(fixture.Upsert({MakeDocument("c"), deep}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(fixture.Contents(), IsEmpty());
  EXPECT_EQ(*fixture.store().LastLsn(fixture.collection()), 0u);
  EXPECT_THAT(fixture.Changes(), IsEmpty());
}

TEST(DocumentStore, KnownRequestIdAnswersAgainAndWritesNothing) {
  StoreFixture fixture;
  const auto first = fixture.Upsert({MakeDocument("a"), MakeDocument("b")}, "r1");
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->replayed);
  fixture.Reopen();
  const auto again = fixture.Upsert({MakeDocument("a", 9)}, "r1");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->lsn, first->lsn);
  EXPECT_EQ(again->first_point, first->first_point);
  EXPECT_EQ(again->upserted, 2u);
  EXPECT_EQ(fixture.Contents().at("a").document, MakeDocument("a"));
  EXPECT_EQ(*fixture.store().LastLsn(fixture.collection()), 2u);
}

TEST(DocumentStore, FindsTheAnswerToAKnownRequestId) {
  StoreFixture fixture;
  EXPECT_EQ(*fixture.store().FindRequest(fixture.collection(), "r1"), std::nullopt);
  Entry entry;
  entry.collection = fixture.collection();
  entry.request_id = "r1";
  entry.upserts = {MakeDocument("a")};
  entry.remark = 7;
  const auto first = fixture.Append(std::move(entry));
  ASSERT_TRUE(first.ok());
  const auto found = fixture.store().FindRequest(fixture.collection(), "r1");
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_TRUE((*found)->replayed);
  EXPECT_EQ((*found)->lsn, first->lsn);
  EXPECT_EQ((*found)->upserted, 1u);
  EXPECT_EQ((*found)->remark, 7u);
  EXPECT_EQ(*fixture.store().FindRequest(fixture.collection(), "r2"), std::nullopt);
  fixture.now_us += int64_t{25} * 3600 * 1'000'000;
  EXPECT_EQ(*fixture.store().FindRequest(fixture.collection(), "r1"), std::nullopt);
  EXPECT_TRUE(absl::IsNotFound(fixture.store().FindRequest(99, "r1").status()));
}

TEST(DocumentStore, RequestIdsAreForgottenAfterADay) {
  StoreFixture fixture;
  constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a")}, "r1").ok());
  fixture.now_us += 23 * kHourUs;
  EXPECT_TRUE(fixture.Upsert({MakeDocument("a", 1)}, "r1")->replayed);
  fixture.now_us += 2 * kHourUs;
  EXPECT_FALSE(fixture.Upsert({MakeDocument("a", 2)}, "r1")->replayed);
  fixture.now_us += 25 * kHourUs;
  fixture.Reopen();
  EXPECT_FALSE(fixture.Upsert({MakeDocument("a", 3)}, "r1")->replayed);
}

TEST(DocumentStore, FailedEntryDoesNotUseUpItsRequestId) {
  StoreFixture fixture;
  EXPECT_FALSE(fixture.Upsert({MakeDocument("a"), MakeDocument("a")}, "r1").ok());
  const auto applied = fixture.Upsert({MakeDocument("a")}, "r1");
  ASSERT_TRUE(applied.ok());
  EXPECT_FALSE(applied->replayed);
}

TEST(DocumentStore, ReadsManyInTheOrderAsked) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a"), MakeDocument("b"), MakeDocument("c")}).ok());
  ASSERT_TRUE(fixture.Delete({{"b", {}}}).ok());
  const std::vector<std::string> ids = {"c", "b", "a", "none", "c"};
  const auto many = fixture.store().GetMany(fixture.collection(), ids, kAllParts);
  ASSERT_TRUE(many.ok()) << many.status();
  ASSERT_EQ(many->size(), 5u);
  EXPECT_EQ((*many)[0]->document, MakeDocument("c"));
  EXPECT_FALSE((*many)[1]);
  EXPECT_EQ((*many)[2]->point, 1u);
  EXPECT_FALSE((*many)[3]);
  EXPECT_EQ((*many)[4]->point, 3u);
  const std::vector<PointId> points = {3, 2, 1, 77};
  const auto at_points = fixture.store().GetPoints(fixture.collection(), points, {});
  ASSERT_TRUE(at_points.ok());
  EXPECT_EQ((*at_points)[0]->document.id, "c");
  EXPECT_FALSE((*at_points)[1]);
  EXPECT_TRUE((*at_points)[2]);
  EXPECT_FALSE((*at_points)[3]);
  EXPECT_TRUE(fixture.store().GetMany(fixture.collection(), {}, {})->empty());
}

TEST(DocumentStore, ReadsLivingVectorsInOrder) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a"), MakeDocument("bb"), MakeDocument("ccc")}).ok());
  ASSERT_TRUE(fixture.Delete({{"bb", {}}}).ok());
  std::vector<PointId> points;
  const auto visit = [&](PointId point, std::span<const float> vector) {
    points.push_back(point);
    EXPECT_EQ(vector.size(), 3u);
    EXPECT_EQ(vector[0], static_cast<float>(point));
    return absl::OkStatus();
  };
  ASSERT_TRUE(fixture.store().ReadVectors(fixture.collection(), 0, visit).ok());
  EXPECT_THAT(points, ElementsAre(1u, 3u));
  points.clear();
  ASSERT_TRUE(fixture.store().ReadVectors(fixture.collection(), 1, visit).ok());
  EXPECT_THAT(points, ElementsAre(3u));
}

TEST(DocumentStore, FindsWhatHasExpired) {
  StoreFixture fixture;
  ASSERT_TRUE(
      fixture.Upsert({MakeDocument("soon", 0, 100), MakeDocument("later", 0, 200), MakeDocument("never")})
          .ok());
  const auto at = [&](int64_t now_us) {
    std::vector<std::string> ids;
    const auto expired = fixture.store().FindExpired(now_us, 10);
    EXPECT_TRUE(expired.ok()) << expired.status();
    for (const Expired& one : *expired) ids.push_back(one.id);
    return ids;
  };
  EXPECT_THAT(at(99), IsEmpty());
  EXPECT_THAT(at(100), ElementsAre("soon"));
  EXPECT_THAT(at(200), ElementsAre("soon", "later"));
  EXPECT_EQ(fixture.store().FindExpired(200, 1)->size(), 1u);
  ASSERT_TRUE(fixture.Upsert({MakeDocument("soon", 0, 300)}).ok());
  ASSERT_TRUE(fixture.Delete({{"later", {}}}).ok());
  EXPECT_THAT(at(299), IsEmpty());
  EXPECT_EQ(fixture.Matching("", 299).size(), 2u);
  EXPECT_EQ(fixture.Matching("", 300).size(), 1u);
}

TEST(DocumentStore, FiltersPointsAndDeletions) {
  StoreFixture fixture;
  for (int i = 1; i <= 20; ++i) ASSERT_TRUE(fixture.Upsert({MakeDocument("d" + std::to_string(i), i)}).ok());
  const auto filter = Filter::Parse("version >= 5 AND version < 8");
  ASSERT_TRUE(filter.ok());
  EXPECT_THAT(fixture.Matching("version >= 5 AND version < 8"), ElementsAre(5u, 6u, 7u));
  const auto deletions = fixture.store().MatchingDeletions(fixture.collection(), *filter, 0);
  ASSERT_TRUE(deletions.ok());
  ASSERT_EQ(deletions->size(), 3u);
  EXPECT_EQ((*deletions)[0].id, "d5");
  EXPECT_EQ((*deletions)[0].only_version, 5u);
  EXPECT_EQ(fixture.Delete(*deletions)->deleted, 3u);
  EXPECT_EQ(*fixture.store().Count(fixture.collection()), 17u);
}

TEST(DocumentStore, UnknownCollectionIsNotFoundEverywhere) {
  StoreFixture fixture;
  DocumentStore& store = fixture.store();
  const auto not_found = absl::StatusCode::kNotFound;
  EXPECT_EQ(store.Get(9, "a", {}).status().code(), not_found);
  EXPECT_EQ(store.List(9, Filter(), "", 1, {}).status().code(), not_found);
  EXPECT_EQ(store.Count(9).status().code(), not_found);
  EXPECT_EQ(store.LastLsn(9).status().code(), not_found);
  EXPECT_EQ(store.Match(9, Filter(), 0).status().code(), not_found);
  EXPECT_EQ(store.ApproximateBytes(9).status().code(), not_found);
  EXPECT_EQ(store.DeleteCollection(9).code(), not_found);
  EXPECT_EQ(store.TrimChanges(9, 1).code(), not_found);
  Entry entry;
  entry.collection = 9;
  entry.upserts = {MakeDocument("a")};
  EXPECT_EQ(fixture.Append(std::move(entry)).status().code(), not_found);
}

TEST(DocumentStore, ApproximateBytesGrowsWithTheCollection) {
  StoreFixture fixture;
  Document big = MakeDocument("big");
  big.vector.resize(100'000, 0.25f);
  ASSERT_TRUE(fixture.Upsert({big}).ok());
  EXPECT_GT(*fixture.store().ApproximateBytes(fixture.collection()), 300'000u);
}

}  // namespace
}  // namespace voisin::storage
