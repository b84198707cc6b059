#include "absl/time/clock.h"
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DocumentsTest : public EngineFixture {
 protected:
  DocumentsTest() {
    Open();
    MakeVectors("points", 2);
  }

  std::optional<storage::Document> GetOne(const std::string& id) {
    const auto got = engine().Get({"points", {id}, {.vector = true}});
    EXPECT_TRUE(got.ok()) << got.status();
    return got.ok() ? got->front() : std::nullopt;
  }
  std::vector<std::string> ListIds(ListRequest request) {
    std::vector<std::string> ids;
    do {
      const auto page = engine().List(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const storage::Document& document : page->documents) ids.push_back(document.id);
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return ids;
  }
};

TEST_F(DocumentsTest, ReturnsWhatWasPut) {
  storage::Document document = VectorDocument("a", {3, 4}, {{"year", {2020.0}}, {"tag", {std::string("x")}}});
  document.text = "a text beside a vector";
  const auto put = Put("points", {document});
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->upserted, 1u);
  EXPECT_GT(put->lsn, 0u);
  EXPECT_EQ(GetOne("a"), document);
  EXPECT_EQ(GetOne("b"), std::nullopt);
}

TEST_F(DocumentsTest, ReplacesByIdAndCountsOnce) {
  ASSERT_TRUE(Put("points", {VectorDocument("a", {1, 0}), VectorDocument("b", {0, 1})}).ok());
  ASSERT_TRUE(Put("points", {VectorDocument("a", {0, -1})}).ok());
  EXPECT_EQ(engine().Count("points").value(), 2u);
  EXPECT_THAT(FindIds(VectorQuery("points", {0, -1})), ElementsAre("a", "b"));
}

TEST_F(DocumentsTest, AnswersARepeatedRequestAsTheFirstTime) {
  const auto first = Put("points", {VectorDocument("a", {1, 0})}, "request-1");
  ASSERT_TRUE(first.ok());
  const auto again =
      Put("points", {VectorDocument("other", {1, 0}), VectorDocument("x", {1, 1})}, "request-1");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->lsn, first->lsn);
  EXPECT_EQ(again->upserted, 1u);
  EXPECT_EQ(engine().Count("points").value(), 1u);
  Restart();
  EXPECT_EQ(Put("points", {VectorDocument("a", {1, 0})}, "request-1")->lsn, first->lsn);
}

TEST_F(DocumentsTest, DeletesByIdsAndAnswersARepeatedDeletion) {
  ASSERT_TRUE(Put("points", {VectorDocument("a", {1, 0}), VectorDocument("b", {0, 1})}).ok());
  const auto deleted = engine().Delete({"points", {"a", "a", "absent"}, "", "deletion"});
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->deleted, 1u);
  ASSERT_TRUE(Put("points", {VectorDocument("a", {1, 0})}).ok());
  EXPECT_EQ(engine().Delete({"points", {"a"}, "", "deletion"})->lsn, deleted->lsn);
  EXPECT_EQ(engine().Count("points").value(), 2u);
}

TEST_F(DocumentsTest, DeletesByFilter) {
  ASSERT_TRUE(Put("points", {VectorDocument("a", {1, 0}, {{"old", {true}}}),
                             VectorDocument("b", {1, 1}, {{"old", {false}}}),
                             VectorDocument("c", {0, 1}, {{"old", {true}}})})
                  .ok());
  EXPECT_EQ(engine().Delete({"points", {}, "old = true", ""})->deleted, 2u);
  EXPECT_THAT(FindIds(VectorQuery("points", {1, 0})), ElementsAre("b"));
  EXPECT_EQ(engine().Delete({"points", {}, "old = true", ""})->deleted, 0u);
}

TEST_F(DocumentsTest, WantsEitherIdsOrAFilter) {
  EXPECT_TRUE(IsInvalidAt(engine().Delete({"points", {}, " ", ""}).status(), "ids", "got neither"));
  EXPECT_TRUE(IsInvalidAt(engine().Delete({"points", {"a"}, "x = 1", ""}).status(), "ids", "got both"));
}

TEST_F(DocumentsTest, ListsInPagesThatAreStableUnderWrites) {
  for (char c = 'a'; c <= 'j'; ++c) ASSERT_TRUE(Put("points", {VectorDocument({c}, {1, 0})}).ok());
  ListRequest request{"points", "", 3, "", {}};
  auto page = engine().List(request);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->documents.size(), 3u);
  ASSERT_TRUE(Put("points", {VectorDocument("aa", {1, 0})}).ok());
  ASSERT_TRUE(engine().Delete({"points", {"c", "d"}, "", ""}).ok());
  request.page_token = page->next_page_token;
  EXPECT_THAT(ListIds(request), ElementsAre("e", "f", "g", "h", "i", "j"));
}

TEST_F(DocumentsTest, RefusesAPageTokenOfAnotherListing) {
  for (char c = 'a'; c <= 'd'; ++c) {
    ASSERT_TRUE(Put("points", {VectorDocument({c}, {1, 0}, {{"n", {1.0}}})}).ok());
  }
  const std::string token = engine().List({"points", "", 2, "", {}})->next_page_token;
  ASSERT_FALSE(token.empty());
  const auto refused = [&](const std::string& filter, const std::string& page_token) {
    return IsInvalidAt(engine().List({"points", filter, 2, page_token, {}}).status(), "page_token",
                       "expected the next_page_token");
  };
  EXPECT_TRUE(refused("n = 1", token));
  EXPECT_TRUE(refused("", token + "x"));
  EXPECT_TRUE(refused("", "not a token"));
  MakeVectors("others", 2);
  EXPECT_TRUE(IsInvalidAt(engine().List({"others", "", 2, token, {}}).status(), "page_token", "expected"));
}

TEST_F(DocumentsTest, CountsAndListsByFilter) {
  for (int i = 0; i < 20; ++i) {
    const auto id = std::string(1, static_cast<char>('a' + i));
    ASSERT_TRUE(Put("points", {VectorDocument(id, {1, 0}, {{"n", {double(i)}}})}).ok());
  }
  EXPECT_EQ(engine().Count("points", "n >= 15").value(), 5u);
  EXPECT_THAT(ListIds({"points", "n < 3", 2, "", {}}), ElementsAre("a", "b", "c"));
}

TEST_F(DocumentsTest, NamesTheCollectionThatIsNotThere) {
  const absl::Status status = engine().Count("absent").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ResourceOf(status)->name, "collections/absent");
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("no collection \"absent\""));
}

TEST_F(DocumentsTest, HidesWhatHasExpiredAndSweepsIt) {
  storage::Document document = VectorDocument("gone", {1, 0});
  document.expire_time_us = 1;
  ASSERT_TRUE(Put("points", {document, VectorDocument("kept", {0, 1})}).ok());
  EXPECT_EQ(GetOne("gone"), std::nullopt);
  EXPECT_EQ(engine().Count("points").value(), 1u);
  EXPECT_THAT(ListIds({"points", "", 0, "", {}}), ElementsAre("kept"));
  SearchRequest query = VectorQuery("points", {1, 0}, 1);
  EXPECT_THAT(FindIds(query), ElementsAre("kept"));
  query.document_id = "gone";
  query.vector.reset();
  EXPECT_TRUE(absl::IsNotFound(engine().Search(query).status()));
  absl::SleepFor(absl::Milliseconds(2500));
  Close();
  EXPECT_THAT(log_text(), HasSubstr(" expired collection=points documents=1"));
}

TEST_F(DocumentsTest, ASweepSparesTheVersionThatReplacedAnExpiredOne) {
  storage::Document document = VectorDocument("a", {1, 0});
  document.expire_time_us = 1;
  ASSERT_TRUE(Put("points", {document}).ok());
  ASSERT_TRUE(Put("points", {VectorDocument("a", {0, 1})}).ok());
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_EQ(engine().Count("points").value(), 1u);
}

}  // namespace
}  // namespace voisin::service
