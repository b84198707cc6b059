#include <cmath>
#include <fstream>

#include "base/files.h"
#include "service/model_directory.h"
#include "tests/service/engine_fixture.h"
#include "tests/support/tensor_maker.h"

namespace voisin::service {
namespace {

using testing::HasSubstr;

class ModelsTest : public EngineFixture {};

float Length(const std::vector<float>& values) {
  float squares = 0;
  for (float value : values) squares += value * value;
  return std::sqrt(squares);
}

EmbedRequest Texts(std::vector<std::string> texts) {
  EmbedRequest request;
  request.texts = std::move(texts);
  return request;
}

TEST_F(ModelsTest, SaysHowToGetAModelThatIsAbsent) {
  Open();
  const absl::Status status = engine().Embed(Texts({"a"})).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ResourceOf(status)->type, "model");
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("no model \"tiny\" in " + models_dir().string()));
  EXPECT_THAT(std::string(MessageOf(status)),
              HasSubstr("run `./dev setup`, `voisin model pull` or `voisin model convert`"));
  EXPECT_TRUE(engine().ListModels()->empty());
  CollectionSpec spec;
  spec.id = "texts";
  spec.model = kTinyModel;
  EXPECT_TRUE(absl::IsNotFound(engine().CreateCollection(spec).status()));
}

TEST_F(ModelsTest, FindsAModelThatAppearsWhileItRuns) {
  Open();
  EXPECT_FALSE(engine().GetModel("").ok());
  WriteModel();
  EXPECT_EQ(engine().GetModel("")->dimensions, 24);
  EXPECT_EQ(engine().ListModels()->size(), 1u);
}

// A model whose dense head gives `dimensions`.
void WidenHead(const std::filesystem::path& model, int64_t dimensions) {
  const auto head = model / "2_Dense";
  std::string config = ReadFile(head / "config.json").value();
  const std::string features = "\"out_features\": 24";
  config.replace(config.find(features), features.size(), "\"out_features\": " + std::to_string(dimensions));
  ASSERT_TRUE(WriteFileAtomically(head / "config.json", config).ok());
  test::TensorMaker maker;
  maker.AddDense("linear", dimensions, 24);
  ASSERT_TRUE(maker.Write(head / "model.safetensors").ok());
}

TEST_F(ModelsTest, RefusesACollectionOfAModelWithMoreDimensionsThanAnIndexTakes) {
  WriteModel();
  WidenHead(models_dir() / kTinyModel, 8193);
  Open();
  CollectionSpec spec;
  spec.id = "texts";
  spec.model = kTinyModel;
  const absl::Status status = engine().CreateCollection(spec).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(MessageOf(status)),
              HasSubstr("expected a model of 1 to 8192 dimensions, got 8193"));
  EXPECT_TRUE(engine().ListCollections()->empty());
}

TEST_F(ModelsTest, ServesSeveralModelsByRequestAndByCollection) {
  WriteModel();
  const auto other = models_dir() / "other";
  std::filesystem::copy(models_dir() / kTinyModel, other, std::filesystem::copy_options::recursive);
  std::string weights = ReadFile(other / "model.safetensors").value();
  weights.back() = static_cast<char>(weights.back() ^ 1);
  ASSERT_TRUE(WriteFileAtomically(other / "model.safetensors", weights).ok());
  options_.models_memory = 3 * ModelMemory(other).value() / 2;  // room for one
  Open();
  EXPECT_EQ(engine().ListModels()->size(), 2u);
  MakeTexts("first");
  CollectionSpec spec;
  spec.id = "second";
  spec.model = "other";
  ASSERT_TRUE(engine().CreateCollection(spec).ok());
  EXPECT_NE(engine().GetCollection("first")->model_fingerprint,
            engine().GetCollection("second")->model_fingerprint);
  for (int round = 0; round < 3; ++round) {
    for (const char* collection : {"first", "second"}) {
      const auto put = Put(collection, {TextDocument("a", "hello world")});
      EXPECT_TRUE(put.ok()) << put.status();
      SearchRequest query;
      query.collection = collection;
      query.text = "hello";
      EXPECT_THAT(FindIds(query), testing::ElementsAre("a"));
    }
    EmbedRequest request = Texts({"hello"});
    request.model = round % 2 == 0 ? "other" : kTinyModel;
    const auto embedded = engine().Embed(request);
    ASSERT_TRUE(embedded.ok()) << embedded.status();
    EXPECT_EQ(embedded->model, request.model);
  }
  Close();
  EXPECT_THAT(log_text(), HasSubstr("model_evicted"));
}

TEST_F(ModelsTest, LeavesOutAModelThatCannotBeLoaded) {
  WriteModel();
  std::filesystem::create_directories(models_dir() / "broken");
  std::ofstream(models_dir() / "broken" / "config.json") << "{";
  Open();
  EXPECT_EQ(engine().ListModels()->size(), 1u);
  EXPECT_FALSE(engine().GetModel("broken").ok());
  EXPECT_TRUE(engine().GetModel(kTinyModel).ok());
}

TEST_F(ModelsTest, EmbedsAloneAsInCompany) {
  WriteModel();
  Open();
  const auto alone = engine().Embed(Texts({"hello world"}));
  const auto together = engine().Embed(Texts({"another text", "hello world", "x"}));
  ASSERT_TRUE(alone.ok() && together.ok()) << alone.status() << together.status();
  EXPECT_EQ(alone->model, kTinyModel);
  EXPECT_EQ(alone->model_fingerprint, engine().GetModel("")->fingerprint);
  ASSERT_EQ(alone->embeddings[0].values.size(), 24u);
  for (size_t i = 0; i < 24; ++i) {
    EXPECT_NEAR(alone->embeddings[0].values[i], together->embeddings[1].values[i], 1e-6);
  }
}

TEST_F(ModelsTest, CutsAndNormalises) {
  WriteModel();
  Open();
  EmbedRequest request = Texts({"hello world"});
  request.dimensions = 8;
  const auto cut = engine().Embed(request);
  ASSERT_TRUE(cut.ok()) << cut.status();
  ASSERT_EQ(cut->embeddings[0].values.size(), 8u);
  EXPECT_NEAR(Length(cut->embeddings[0].values), 1, 1e-6);
  request.dimensions = 25;
  EXPECT_TRUE(IsInvalidAt(engine().Embed(request).status(), "dimensions", "at most 24"));
  request.dimensions = 0;
  request.normalize = true;
  EXPECT_NEAR(Length(engine().Embed(request)->embeddings[0].values), 1, 1e-6);
}

TEST_F(ModelsTest, TruncatesOnRequestAndCounts) {
  WriteModel();
  Open();
  std::string text;
  for (int i = 0; i < 60; ++i) text += "q z ";
  EmbedRequest request = Texts({text});
  request.truncation = encoder::Truncation::end;
  const auto result = engine().Embed(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->embeddings[0].truncated);
  EXPECT_GT(result->embeddings[0].token_count, 32u);
  MakeTexts("texts");
  UpsertRequest upsert{
      "texts", {TextDocument("a", text), TextDocument("b", "short")}, "", encoder::Truncation::end};
  EXPECT_EQ(engine().Upsert(upsert)->truncated, 1u);
}

TEST_F(ModelsTest, ARepeatedRequestIsAnsweredWithoutEncodingAgain) {
  WriteModel();
  Open();
  MakeTexts("texts");
  std::string text;
  for (int i = 0; i < 60; ++i) text += "q z ";
  const UpsertRequest upsert{"texts", {TextDocument("a", text)}, "request", encoder::Truncation::end};
  const auto first = engine().Upsert(upsert);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->truncated, 1u);
  std::filesystem::remove_all(models_dir() / kTinyModel);
  Restart();
  const auto again = engine().Upsert(upsert);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->lsn, first->lsn);
  EXPECT_EQ(again->upserted, 1u);
  EXPECT_EQ(again->truncated, 1u);
}

TEST_F(ModelsTest, RolesPickThePrompt) {
  WriteModel();
  const auto file = models_dir() / kTinyModel / "config_sentence_transformers.json";
  Open();
  const std::string before = engine().GetModel("")->fingerprint;
  const auto plain = [&](const std::string& text) {
    return engine().Embed(Texts({text}))->embeddings[0].values;
  };
  const std::vector<float> question = plain("find: red cat");
  const std::vector<float> passage = plain("text: red cat");
  ASSERT_TRUE(WriteFileAtomically(file, R"({"prompts": {"query": "find: ", "passage": "text: "}})").ok());
  Restart();
  EXPECT_NE(engine().GetModel("")->fingerprint, before);
  EXPECT_EQ(engine().GetModel("")->prompts.at("query"), "find: ");
  EmbedRequest request = Texts({"red cat"});
  request.input_type = InputType::query;
  EXPECT_EQ(engine().Embed(request)->embeddings[0].values, question);
  request.input_type = InputType::document;
  EXPECT_EQ(engine().Embed(request)->embeddings[0].values, passage);
  MakeTexts("texts");
  ASSERT_TRUE(Put("texts", {TextDocument("a", "red cat")}).ok());
  SearchRequest search;
  search.collection = "texts";
  search.text = "red cat";
  search.mode = SearchMode::dense;
  const auto found = engine().Search(search);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->hits.size(), 1u);
  float cosine = 0;
  for (size_t i = 0; i < 24; ++i) cosine += question[i] * passage[i];
  EXPECT_NEAR(found->hits[0].score, cosine, 1e-5);
}

TEST_F(ModelsTest, ARepeatedTextIsNotEncodedAgain) {
  WriteModel();
  Open();
  const auto first = engine().Embed(Texts({"hello world", "hello  world "}));
  const auto second = engine().Embed(Texts({"hello world"}));
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->embeddings[0].values, second->embeddings[0].values);
  EXPECT_EQ(first->embeddings[1].values, second->embeddings[0].values);
  EXPECT_EQ(first->embeddings[0].token_count, second->embeddings[0].token_count);
  EXPECT_EQ(engine().GetModel("")->cache_hits, 2u);  // the model takes white space as one blank
  EXPECT_EQ(engine().GetModel("")->cache_misses, 1u);
  EXPECT_EQ(engine().ListModels()->front().cache_hits, 2u);
  Close();
  EXPECT_THAT(log_text(), HasSubstr("embedding_cache model=tiny hits=2 misses=1 texts=1 bytes="));
}

TEST_F(ModelsTest, CutVectorsComeFromTheWholeOnes) {
  WriteModel();
  Open();
  EmbedRequest request = Texts({"hello world"});
  const auto whole = engine().Embed(request);
  request.dimensions = 8;
  const auto cut = engine().Embed(request);
  request.dimensions = 0;
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_EQ(cut->embeddings[0].values.size(), 8u);
  EXPECT_EQ(engine().Embed(request)->embeddings[0].values, whole->embeddings[0].values);
  EXPECT_EQ(engine().GetModel("")->cache_misses, 1u);
}

TEST_F(ModelsTest, DocumentsAndQueriesShareTheCache) {
  WriteModel();
  Open();
  MakeTexts("texts");
  ASSERT_TRUE(Put("texts", {TextDocument("a", "hello"), TextDocument("b", "world")}).ok());
  SearchRequest query;
  query.collection = "texts";
  query.text = "hello";
  EXPECT_EQ(FindIds(query).front(), "a");
  EXPECT_EQ(engine().GetModel("")->cache_hits, 1u);
  EXPECT_EQ(engine().GetModel("")->cache_misses, 2u);
}

TEST_F(ModelsTest, WithoutACacheEachTextIsEncoded) {
  options_.embedding_cache_bytes = 0;
  WriteModel();
  Open();
  const auto first = engine().Embed(Texts({"hello world"}));
  const auto second = engine().Embed(Texts({"hello world"}));
  EXPECT_EQ(first->embeddings[0].values, second->embeddings[0].values);
  EXPECT_EQ(engine().GetModel("")->cache_hits + engine().GetModel("")->cache_misses, 0u);
}

TEST_F(ModelsTest, TokenizesWithByteOffsets) {
  WriteModel();
  Open();
  const auto tokens = engine().Tokenize({"", {"hello", "a b"}, false});
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  ASSERT_EQ(tokens->size(), 2u);
  EXPECT_EQ((*tokens)[0].back().span.end, 5u);
}

TEST_F(ModelsTest, ScoresATextAgainstItselfAsOne) {
  WriteModel();
  Open();
  const auto scores = engine().Similarity({"", "hello world", {"hello world", "quite another"}});
  ASSERT_TRUE(scores.ok()) << scores.status();
  ASSERT_EQ(scores->size(), 2u);
  EXPECT_NEAR((*scores)[0], 1, 1e-5);
  EXPECT_LT((*scores)[1], 1);
}

TEST_F(ModelsTest, NeverMixesVectorsOfTwoModels) {
  WriteModel();
  Open();
  MakeTexts("texts");
  ASSERT_TRUE(Put("texts", {TextDocument("a", "hello")}).ok());
  const std::string first = engine().GetCollection("texts")->model_fingerprint;
  Close();
  const auto weights = models_dir() / kTinyModel / "model.safetensors";
  std::string bytes = ReadFile(weights).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::filesystem::remove(weights);
  std::ofstream(weights, std::ios::binary) << bytes;
  Open();
  const std::string second = engine().GetModel("")->fingerprint;
  ASSERT_NE(first, second);
  SearchRequest query;
  query.collection = "texts";
  query.text = "hello";
  for (const absl::Status& status :
       {Put("texts", {TextDocument("b", "hello")}).status(), engine().Search(query).status()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_EQ(PreconditionOf(status)->type, "MODEL_FINGERPRINT");
    EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(first));
    EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(second));
  }
  query.text.reset();
  query.vector = std::vector<float>(24, 1.0f);
  EXPECT_THAT(FindIds(query), testing::ElementsAre("a"));
}

TEST_F(ModelsTest, NeverMixesVectorsOfTwoPrecisions) {
  WriteModel();
  Open();
  MakeTexts("texts");
  ASSERT_TRUE(Put("texts", {TextDocument("a", "hello")}).ok());
  const std::string first = engine().GetCollection("texts")->model_fingerprint;
  options_.precision = encoder::Precision::int8;
  Restart();
  EXPECT_EQ(engine().GetModel("")->precision, encoder::Precision::int8);
  const absl::Status status = Put("texts", {TextDocument("b", "hello")}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(first));
  EXPECT_EQ(engine().GetCollection("texts")->model_fingerprint, first);
  options_.precision = encoder::Precision::fp32;
  Restart();
  EXPECT_TRUE(Put("texts", {TextDocument("b", "hello")}).ok());
}

}  // namespace
}  // namespace voisin::service
