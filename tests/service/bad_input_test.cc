#include <cmath>
#include <limits>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using storage::Document;

// What is wrong is refused as a whole, says where and why, and changes nothing that is stored.
class BadInputTest : public EngineFixture {
 protected:
  BadInputTest() {
    WriteModel();
    options_.limits.documents_per_request = 4;
    options_.limits.texts_per_request = 4;
    options_.limits.text_bytes = 1000;
    options_.limits.metadata_bytes = 200;
    options_.limits.top_k = 20;
    Open();
    MakeVectors("points", 2);
    MakeTexts("texts");
    EXPECT_TRUE(Put("points", {good_}).ok());
  }
  void TearDown() override {
    EXPECT_EQ(engine().Count("points").value(), 1u);
    EXPECT_EQ(engine().Count("texts").value(), 0u);
    EXPECT_EQ(engine().Get({"points", {"good"}, {.vector = true}})->front(), good_);
  }

  absl::Status PutBad(Document bad) {
    return Put("points", {VectorDocument("fine", {1, 1}), std::move(bad)}).status();
  }
  absl::Status PutMetadata(storage::Object metadata) {
    return PutBad(VectorDocument("x", {1, 0}, std::move(metadata)));
  }
  absl::Status PutText(const std::string& text) {
    return Put("texts", {TextDocument("fine", "words"), TextDocument("x", text)}).status();
  }
  absl::Status Embed(std::vector<std::string> texts) {
    EmbedRequest request;
    request.texts = std::move(texts);
    return engine().Embed(request).status();
  }

  const Document good_ = VectorDocument("good", {0.5f, -2});
};

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST_F(BadInputTest, Vectors) {
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("x", {1, 2, 3})), "documents[1].vector", "3"));
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("x", {1, kNan})), "documents[1].vector", "nan"));
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("x", {kInfinity, 0})), "documents[1].vector", "inf"));
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("x", {0, 0})), "documents[1].vector", "zero"));
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("x", {})), "documents[1]", "expected a text or a vector"));
  EXPECT_TRUE(IsInvalidAt(PutBad(TextDocument("x", "words")), "documents[1].vector", "has no model"));
}

TEST_F(BadInputTest, Ids) {
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("", {1, 0})), "documents[1].id", "1 to 512 bytes, got 0"));
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument(std::string(513, 'x'), {1, 0})), "documents[1].id", "513"));
  EXPECT_TRUE(IsInvalidAt(PutBad(VectorDocument("a\xff", {1, 0})), "documents[1].id", "at byte 1"));
  const absl::Status twice = PutBad(VectorDocument("fine", {1, 0}));
  EXPECT_TRUE(IsInvalidAt(twice, "documents[1].id", "\"fine\" in documents[0] and documents[1]"));
}

TEST_F(BadInputTest, Metadata) {
  EXPECT_TRUE(
      IsInvalidAt(PutMetadata({{"k", {std::string("\xc3")}}}), "documents[1].metadata.k", "at byte 0"));
  EXPECT_TRUE(IsInvalidAt(PutMetadata({{"\xf0\x9f", {true}}}), "documents[1].metadata", "UTF-8"));
  EXPECT_TRUE(IsInvalidAt(PutMetadata({{"k", {double{kNan}}}}), "documents[1].metadata.k", "finite"));
  EXPECT_TRUE(IsInvalidAt(PutMetadata({{"k", {std::string(300, 'x')}}}), "documents[1].metadata",
                          "at most 200 bytes, got 302"));
  storage::Value deep{true};
  for (int i = 0; i < 40; ++i) deep = {storage::List{deep}};
  const absl::Status status = PutMetadata({{"k", deep}});
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_NE(MessageOf(status).find("expected at most 32 levels"), std::string_view::npos) << status;
}

TEST_F(BadInputTest, Texts) {
  EXPECT_TRUE(IsInvalidAt(PutText(" \n\t"), "documents[1].text", "only white space"));
  EXPECT_TRUE(IsInvalidAt(PutText("\u00a0\u3000"), "documents[1].text", "only white space"));
  EXPECT_TRUE(IsInvalidAt(PutText("caf\xc3"), "documents[1].text", "at byte 3"));
  EXPECT_TRUE(
      IsInvalidAt(PutText(std::string(1001, 'x')), "documents[1].text", "at most 1000 bytes, got 1001"));
  EXPECT_TRUE(IsInvalidAt(Embed({}), "texts", "at least one"));
  EXPECT_TRUE(IsInvalidAt(Embed({"a", ""}), "texts[1]", "got an empty one"));
  EXPECT_TRUE(IsInvalidAt(Embed({"a", "b", "\xed\xa0\x80"}), "texts[2]", "at byte 0"));
  EXPECT_TRUE(IsInvalidAt(Embed({"a", "b", "c", "d", "e"}), "texts", "at most 4 texts, got 5"));
}

TEST_F(BadInputTest, TextsBeyondTheTokenLimit) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "q z ";
  EXPECT_TRUE(IsInvalidAt(PutText(text), "documents[1].text", "32"));
  EXPECT_TRUE(IsInvalidAt(Embed({"a", text}), "texts[1]", "32"));
  EXPECT_TRUE(IsInvalidAt(engine().Similarity({"", "a", {"b", text}}).status(), "targets[1]", "32"));
  SearchRequest query;
  query.collection = "texts";
  query.text = text;
  EXPECT_TRUE(IsInvalidAt(engine().Search(query).status(), "text", "32"));
}

TEST_F(BadInputTest, Counts) {
  EXPECT_TRUE(IsInvalidAt(Put("points", {}).status(), "documents", "at least one"));
  std::vector<Document> many(5, VectorDocument("x", {1, 0}));
  EXPECT_TRUE(IsInvalidAt(Put("points", many).status(), "documents", "at most 4 documents, got 5"));
  EXPECT_TRUE(IsInvalidAt(engine().Get({"points", {}, {}}).status(), "ids", "at least one"));
  EXPECT_TRUE(IsInvalidAt(engine().List({"points", "", 1001, "", {}}).status(), "page_size", "got 1001"));
  EXPECT_TRUE(IsInvalidAt(Put("points", {good_}, std::string(129, 'r')).status(), "request_id", "129"));
}

TEST_F(BadInputTest, Queries) {
  const auto refused = [this](const SearchRequest& query, std::string_view field, std::string_view text) {
    return IsInvalidAt(engine().Search(query).status(), field, text);
  };
  EXPECT_TRUE(refused(VectorQuery("points", {1, 2, 3}), "vector", "3"));
  EXPECT_TRUE(refused(VectorQuery("points", {0, 0}), "vector", "zero"));
  EXPECT_TRUE(refused(VectorQuery("points", {1, kNan}), "vector", "nan"));
  EXPECT_TRUE(refused(VectorQuery("points", {1, 0}, 21), "top_k", "1 to 20 (0: 10), got 21"));
  SearchRequest query = VectorQuery("points", {1, 0});
  query.text = "both";
  EXPECT_TRUE(refused(query, "query", "got 2"));
  query.vector.reset();
  query.mode = SearchMode::dense;
  EXPECT_TRUE(refused(query, "mode", "has no model"));
  query.mode = SearchMode::unspecified;
  query.text.reset();
  EXPECT_TRUE(refused(query, "query", "got 0"));
  query = VectorQuery("points", {1, 0});
  query.filter = "a = = 1";
  EXPECT_TRUE(refused(query, "filter", "byte 4"));
  query.filter.clear();
  query.min_score = kNan;
  EXPECT_TRUE(refused(query, "min_score", "finite"));
  query.min_score.reset();
  query.ef = 10001;
  EXPECT_TRUE(refused(query, "params.ef", "10001"));
}

TEST_F(BadInputTest, Filters) {
  EXPECT_TRUE(IsInvalidAt(engine().Count("points", "(a").status(), "filter", "byte"));
  EXPECT_TRUE(IsInvalidAt(engine().List({"points", "AND", 0, "", {}}).status(), "filter", "byte"));
  EXPECT_TRUE(IsInvalidAt(engine().Delete({"points", {}, "a >", ""}).status(), "filter", "byte"));
}

TEST_F(BadInputTest, Collections) {
  const auto refused = [this](CollectionSpec spec, std::string_view field, std::string_view text) {
    return IsInvalidAt(engine().CreateCollection(spec).status(), field, text);
  };
  CollectionSpec spec;
  spec.id = "fresh";
  EXPECT_TRUE(refused(spec, "collection.dimensions", "got 0"));
  spec.dimensions = 8193;
  EXPECT_TRUE(refused(spec, "collection.dimensions", "8193"));
  spec.dimensions = 7;
  spec.model = kTinyModel;
  EXPECT_TRUE(refused(spec, "collection.dimensions", "expected 0 or 24"));
  spec.model = "../tiny";
  EXPECT_TRUE(refused(spec, "collection.model", "got \"../tiny\""));
  spec.model.clear();
  spec.params.m = 1;
  EXPECT_TRUE(refused(spec, "collection.index", "1"));
  for (const char* id : {"", "Upper", "-x", "a/b", "\xff"}) {
    spec = {};
    spec.id = id;
    EXPECT_TRUE(refused(spec, "collection_id", "expected 1 to 63"));
  }
  spec = {"points", "", 2, {}, {}};
  const absl::Status exists = engine().CreateCollection(spec).status();
  EXPECT_TRUE(absl::IsAlreadyExists(exists)) << exists;
  EXPECT_EQ(ResourceOf(exists)->name, "collections/points");
}

}  // namespace
}  // namespace voisin::service
