#include "encoder/text_encoder.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "base/files.h"
#include "encoder/lower_case.h"
#include "tests/encoder/test_paths.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::encoder {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Batch BatchOf(const TextEncoder& encoder, const std::vector<std::string>& texts) {
  Batch batch;
  for (const std::string& text : texts)
    batch.Append(encoder.Tokenize(text, Truncation::end, "").value().encoding);
  return batch;
}

std::vector<float> Rows(const TextEncoder& encoder, const Batch& batch) {
  std::vector<float> rows(static_cast<size_t>(batch.size() * encoder.info().dimensions));
  EXPECT_TRUE(encoder.Encode(batch, rows).ok());
  return rows;
}

double Dot(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += static_cast<double>(x[i]) * y[i];
  return sum;
}

double Cosine(std::span<const float> x, std::span<const float> y) {
  return Dot(x, y) / std::sqrt(Dot(x, x) * Dot(y, y));
}

class TinyModelTest : public testing::Test {
 protected:
  TinyModelTest() {
    EXPECT_TRUE(test::WriteTinyModel(model_dir()).ok());
    encoder_ = TextEncoder::Load(model_dir()).value();
  }
  std::filesystem::path model_dir() const { return dir_.path() / "tiny"; }

  test::ScratchDir dir_;
  std::unique_ptr<TextEncoder> encoder_;
};

TEST_F(TinyModelTest, DescribesItself) {
  const ModelInfo& info = encoder_->info();
  EXPECT_EQ(info.name, "tiny");
  EXPECT_EQ(info.dimensions, 24);
  EXPECT_EQ(info.max_tokens, 32);
  EXPECT_THAT(info.fingerprint, testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST_F(TinyModelTest, IsDescribedWithoutBeingLoaded) {
  const auto described = TextEncoder::Describe(model_dir());
  ASSERT_TRUE(described.ok()) << described.status();
  EXPECT_EQ(described->name, encoder_->info().name);
  EXPECT_EQ(described->fingerprint, encoder_->info().fingerprint);
  EXPECT_EQ(described->dimensions, encoder_->info().dimensions);
  EXPECT_EQ(described->max_tokens, encoder_->info().max_tokens);
  EXPECT_TRUE(absl::IsNotFound(TextEncoder::Describe(model_dir() / "none").status()));
}

TEST_F(TinyModelTest, FingerprintDependsOnBytesNotOnPlaceOrTime) {
  EXPECT_TRUE(test::WriteTinyModel(dir_.path() / "other").ok());
  EXPECT_EQ(TextEncoder::Load(dir_.path() / "other").value()->info().fingerprint,
            encoder_->info().fingerprint);
  const auto tokenizer = dir_.path() / "other" / "tokenizer.json";
  ASSERT_TRUE(WriteFileAtomically(tokenizer, ReadFile(tokenizer).value() + "\n").ok());
  EXPECT_NE(TextEncoder::Load(dir_.path() / "other").value()->info().fingerprint,
            encoder_->info().fingerprint);
}

TEST_F(TinyModelTest, LongTextIsRefusedOrCut) {
  const std::string text = "0123456789012345678901234567890123456789 abc";
  const auto refused = encoder_->Tokenize(text, Truncation::error, "");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("tokens, the limit of model tiny is 32"));
  const auto whole = encoder_->tokenizer().Encode(text, true).value().input_ids;
  const auto head = encoder_->Tokenize(text, Truncation::end, "").value();
  const auto tail = encoder_->Tokenize(text, Truncation::start, "").value();
  EXPECT_EQ(head.encoding.input_ids, std::vector(whole.begin(), whole.begin() + 32));
  EXPECT_EQ(tail.encoding.input_ids, std::vector(whole.end() - 32, whole.end()));
  EXPECT_EQ(head.token_count, whole.size());
  EXPECT_TRUE(head.truncated);
  EXPECT_EQ(head.encoding.offsets.size(), 32u);
}

// The tokens of a text without its first `before` and last `after` ones.
std::vector<int32_t> Inner(const std::vector<int32_t>& ids, size_t before, size_t after) {
  return {ids.begin() + static_cast<ptrdiff_t>(before), ids.end() - static_cast<ptrdiff_t>(after)};
}

TEST_F(TinyModelTest, WindowsCoverALongTextAndRepeatThePrompt) {
  const std::string text(150, 'z');
  const auto whole = encoder_->tokenizer().Encode("find: " + text, true).value().input_ids;
  const auto prompt = encoder_->tokenizer().Encode("find:", true).value().input_ids.size() + 1;  // the space
  const auto chunked = encoder_->Tokenize(text, Truncation::chunk, "find: ").value();
  EXPECT_EQ(chunked.token_count, whole.size());
  EXPECT_FALSE(chunked.truncated);
  ASSERT_GT(chunked.windows(), 4u);
  for (size_t i = 0; i < chunked.windows(); ++i) {
    const std::vector<int32_t>& ids = chunked.window(i).input_ids;
    EXPECT_EQ(ids.size(), 32u);
    EXPECT_EQ(std::vector(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(prompt)),
              std::vector(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(prompt)));
  }
  EXPECT_EQ(chunked.window(0).input_ids, std::vector(whole.begin(), whole.begin() + 32));
  EXPECT_EQ(Inner(chunked.window(chunked.windows() - 1).input_ids, prompt, 0),
            std::vector(whole.end() - 32 + static_cast<ptrdiff_t>(prompt), whole.end()));
}

TEST_F(TinyModelTest, AShortTextIsOneWindow) {
  const auto chunked = encoder_->Tokenize("a cat", Truncation::chunk, "").value();
  EXPECT_EQ(chunked.windows(), 1u);
  EXPECT_EQ(chunked.encoding.input_ids,
            encoder_->Tokenize("a cat", Truncation::error, "")->encoding.input_ids);
}

TEST_F(TinyModelTest, TruncationNeverTouchesThePrompt) {
  const std::string text(60, 'z');
  const auto prompt = encoder_->tokenizer().Encode("find:", true).value().input_ids;
  const auto tail = encoder_->Tokenize(text, Truncation::start, "find: ").value().encoding.input_ids;
  ASSERT_EQ(tail.size(), 32u);
  EXPECT_EQ(std::vector(tail.begin(), tail.begin() + static_cast<ptrdiff_t>(prompt.size())), prompt);
  const auto refused = encoder_->Tokenize(text, Truncation::end, text);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("prompt and special tokens are 6"));
}

TEST_F(TinyModelTest, PromptsCanBeLeftOutOfThePooling) {
  EXPECT_EQ(encoder_->Tokenize("a cat", Truncation::error, "find: ")->encoding.prompt_length, 0);
  const auto pooling = model_dir() / "1_Pooling" / "config.json";
  ASSERT_TRUE(
      WriteFileAtomically(pooling, R"({"pooling_mode_mean_tokens": true, "include_prompt": false})").ok());
  const auto encoder = TextEncoder::Load(model_dir()).value();
  EXPECT_NE(encoder->info().fingerprint, encoder_->info().fingerprint);
  const auto with = encoder->Tokenize("a cat", Truncation::error, "find: ").value().encoding;
  const auto prompt = encoder->tokenizer().Encode("find: ", true).value().input_ids;
  EXPECT_EQ(with.prompt_length, static_cast<int32_t>(prompt.size()));
  Batch left_out;
  left_out.Append(with);
  Batch pooled = left_out;
  pooled.prompt_lengths = {0};
  EXPECT_NE(Rows(*encoder, left_out), Rows(*encoder, pooled));
  EXPECT_EQ(Rows(*encoder, pooled), Rows(*encoder_, pooled));
}

TEST(PromptOfTest, RolesHaveSeveralNames) {
  ModelInfo info;
  EXPECT_EQ(PromptOf(info, TextRole::query), "");
  info.prompts = {{"search_query", "q: "}, {"passage", "p: "}, {"other", "o: "}};
  EXPECT_EQ(PromptOf(info, TextRole::query), "q: ");
  EXPECT_EQ(PromptOf(info, TextRole::document), "p: ");
  EXPECT_EQ(PromptOf(info, TextRole::none), "");
  info.default_prompt_name = "other";
  EXPECT_EQ(PromptOf(info, TextRole::none), "o: ");
  info.prompts.erase("search_query");
  EXPECT_EQ(PromptOf(info, TextRole::query), "o: ");
}

TEST(TrimWhitespaceTest, OnlyEnds) {
  EXPECT_EQ(TrimWhitespace(" \t\u00a0a b\u3000\n"), "a b");
  EXPECT_EQ(TrimWhitespace("\u2003"), "");
  EXPECT_EQ(TrimWhitespace("\u00e9"), "\u00e9");
}

TEST(LowerCaseTest, FollowsUnicode) {
  EXPECT_EQ(LowerCase("\u00c9COLE \u03a3\u03a3"), "\u00e9cole \u03c3\u03c2");
}

// The tiny model with its config.json changed.
absl::Status LoadTinyWith(const std::string& from, const std::string& to) {
  const test::ScratchDir dir;
  EXPECT_TRUE(test::WriteTinyModel(dir.path()).ok());
  std::string config = *ReadFile(dir.path() / "config.json");
  config.replace(config.find(from), from.size(), to);
  EXPECT_TRUE(WriteFileAtomically(dir.path() / "config.json", config).ok());
  return TextEncoder::Load(dir.path()).status();
}

TEST(LayerTensorsTest, LayersTooManyOrTooFewAreNamed) {
  EXPECT_THAT(std::string(LoadTinyWith("num_hidden_layers\": 2", "num_hidden_layers\": 1").message()),
              HasSubstr("tensor \"encoder.layer.1.attention.norm.bias\" is not expected: config.json has 1"));
  EXPECT_THAT(std::string(LoadTinyWith("num_hidden_layers\": 2", "num_hidden_layers\": 3").message()),
              HasSubstr("tensor \"encoder.layer.2.attention.norm.weight\" is missing, expected [24]"));
}

TEST_F(TinyModelTest, RefusesEmptyTextAndBrokenUtf8) {
  EXPECT_EQ(encoder_->Tokenize("", Truncation::end, "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(encoder_->Tokenize("\xff", Truncation::end, "").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(TinyModelTest, RefusesWrongRoomAndWrongIds) {
  const Batch batch = BatchOf(*encoder_, {"a", "b"});
  std::vector<float> rows(24);
  EXPECT_EQ(encoder_->Encode(batch, rows).code(), absl::StatusCode::kInvalidArgument);
  Batch wrong;
  wrong.Append({.input_ids = {-1}, .token_type_ids = {0}, .offsets = {}});
  EXPECT_EQ(encoder_->Encode(wrong, rows).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TinyModelTest, ATextGivesTheSameVectorInAnyBatch) {
  std::mt19937 random(7);
  std::vector<std::string> texts;
  for (size_t i = 0; i < 200; ++i)
    texts.push_back(std::string(1 + random() % 40, static_cast<char>('a' + i % 26)));
  const std::vector<float> together = Rows(*encoder_, BatchOf(*encoder_, texts));
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<float> alone = Rows(*encoder_, BatchOf(*encoder_, {texts[i]}));
    for (size_t j = 0; j < 24; ++j) ASSERT_NEAR(alone[j], together[i * 24 + j], 1e-6) << texts[i];
  }
}

TEST_F(TinyModelTest, ManyThreadsEncodeAtOnce) {
  const Batch batch = BatchOf(*encoder_, {"abc", "the cat", "x"});
  const std::vector<float> expected = Rows(*encoder_, batch);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_EQ(Rows(*encoder_, batch), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TinyModelTest, MissingDirectoryAndFileAreNamed) {
  const auto absent = TextEncoder::Load(dir_.path() / "absent");
  EXPECT_EQ(absent.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(absent.status().message()), HasSubstr("absent"));
  std::filesystem::remove(model_dir() / "model.safetensors");
  const auto without_weights = TextEncoder::Load(model_dir());
  EXPECT_EQ(without_weights.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(without_weights.status().message()), HasSubstr("model.safetensors"));
}

TEST(CollapseWhitespaceTest, RunsBecomeOneSpaceAndEndsAreTrimmed) {
  EXPECT_EQ(CollapseWhitespace(" \t a\r\n\vb  c \f"), "a b c");
  EXPECT_EQ(CollapseWhitespace("a\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000b"), "a b");
  EXPECT_EQ(CollapseWhitespace("\u3000"), "");
  EXPECT_EQ(CollapseWhitespace("a\u200bb\ufeff \xe2\x80"),
            "a\u200bb\ufeff \xe2\x80");  // not White_Space; ill-formed
}

// The default model against what its own JavaScript gives.
class DefaultModelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(ModelDir()))
      GTEST_SKIP() << "no model in " << ModelDir() << "; run ./dev setup";
    encoder_ = TextEncoder::Load(ModelDir()).value();
  }

  std::vector<float> Encode(const std::string& text) const {
    return Rows(*encoder_, BatchOf(*encoder_, {text}));
  }

  // Lines of the golden file: all token ids and the embedding that the package's own code gives. It embeds texts
  // without tokens, too; we refuse them.
  static std::vector<json> Golden() {
    std::ifstream file(SharedDir() / "fixtures" / "use_lite_golden.jsonl");
    std::vector<json> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(json::parse(line));
      if (lines.back()["token_ids"].empty()) lines.pop_back();
    }
    return lines;
  }

  std::unique_ptr<TextEncoder> encoder_;
};

TEST_F(DefaultModelTest, EveryGoldenLine) {
  const std::vector<json> golden = Golden();
  if (golden.empty()) GTEST_SKIP() << "no golden file in " << SharedDir();
  for (const json& line : golden) {
    const auto text = line["text"].get<std::string>();
    const Encoding encoding = encoder_->tokenizer().Encode(text, true).value();
    ASSERT_EQ(encoding.input_ids, line["token_ids"].get<std::vector<int32_t>>()) << text;
    const std::vector<float> row = Encode(text);
    const auto expected = line["embedding"].get<std::vector<float>>();
    EXPECT_GE(Cosine(row, expected), 0.99999) << text;
    for (size_t i = 0; i < row.size(); ++i) ASSERT_NEAR(row[i], expected[i], 2e-5) << text;
  }
}

TEST_F(DefaultModelTest, GoldenTextsInOneBatchInAnyOrder) {
  std::vector<std::string> texts;
  for (const json& line : Golden()) texts.push_back(line["text"].get<std::string>());
  if (texts.empty()) GTEST_SKIP() << "no golden file in " << SharedDir();
  std::shuffle(texts.begin(), texts.end(), std::mt19937(3));
  const std::vector<float> together = Rows(*encoder_, BatchOf(*encoder_, texts));
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<float> alone = Encode(texts[i]);
    for (size_t j = 0; j < 512; ++j) ASSERT_NEAR(alone[j], together[i * 512 + j], 1e-6) << texts[i];
  }
}

TEST_F(DefaultModelTest, HelloWorld) {
  const std::vector<float> row = Encode("hello world");
  const float expected[] = {-0.051496f, -0.054925f, -0.007691f, -0.049952f};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(row[i], expected[i], 1e-6);
  EXPECT_NEAR(Dot(row, row), 1.0, 1e-6);
}

TEST_F(DefaultModelTest, ACatIsNearerToADogThanToABanana) {
  const std::vector<float> cat = Encode("cat");
  EXPECT_GT(Cosine(cat, Encode("dog")), Cosine(cat, Encode("banana")));
}

}  // namespace
}  // namespace voisin::encoder
