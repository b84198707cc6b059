#include "encoder/tfjs_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "encoder/text_encoder.h"
#include "encoder/tfjs_weights.h"
#include "encoder/weights.h"
#include "tests/encoder/test_paths.h"
#include "tests/support/scratch_dir.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A model.json with `weights` in its manifest and one shard of `bytes` bytes: 0, 1, 2, ...
absl::StatusOr<TfjsWeights> LoadManifest(const std::string& weights, size_t bytes) {
  const test::ScratchDir dir;
  std::string shard;
  for (size_t i = 0; i < bytes; ++i) shard += static_cast<char>(i);
  EXPECT_TRUE(WriteFileAtomically(dir.path() / "s1", shard).ok());
  const std::string json = R"({"weightsManifest": [{"paths": ["s1"], "weights": )" + weights + "}]}";
  EXPECT_TRUE(WriteFileAtomically(dir.path() / "model.json", json).ok());
  return TfjsWeights::Load(dir.path() / "model.json");
}

TEST(TfjsWeightsTest, ReadsTensorsOneAfterTheOther) {
  const auto weights = LoadManifest(
      R"([{"name": "a", "shape": [], "dtype": "int32"}, {"name": "b", "shape": [1, 2], "dtype": "int32"}])",
      12);
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_THAT(*weights->Integers("a", {}), ElementsAre(0x03020100));
  EXPECT_THAT(*weights->Integers("b", {1, 2}), ElementsAre(0x07060504, 0x0b0a0908));
  EXPECT_THAT(weights->Integers("b", {2}).status().message(),
              HasSubstr("is int32 [1,2], expected int32 [2]"));
  EXPECT_THAT(weights->Floats("a", {}).status().message(), HasSubstr("expected float32"));
  EXPECT_EQ(weights->Floats("c", {}).status().code(), absl::StatusCode::kNotFound);
}

TEST(TfjsWeightsTest, ManifestMustFitTheShards) {
  const std::string one = R"([{"name": "a", "shape": [2], "dtype": "int32"}])";
  EXPECT_THAT(LoadManifest(one, 7).status().message(),
              HasSubstr("needs 8 bytes at byte 0, the shards hold 7"));
  EXPECT_THAT(LoadManifest(one, 9).status().message(), HasSubstr("end at byte 8, the shards hold 9"));
}

TEST(TfjsWeightsTest, LiesAreRefused) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"([{"name": "a", "shape": [1], "dtype": "uint8"}])", "neither float32 nor int32"},
      {R"([{"name": "a", "shape": [1], "dtype": "int32", "quantization": {"scale": 1}}])", "quantised"},
      {R"([{"name": "a", "shape": [-1], "dtype": "int32"}])", "shape[0] is -1"},
      {R"([{"name": "a", "shape": [4294967296, 4294967296], "dtype": "int32"}])", "shape[1] is 4294967296"},
      {R"([{"name": "a", "dtype": "int32"}])", "lacks the field \"shape\""},
      {R"([{"name": "a", "shape": [], "dtype": "int32"}, {"name": "a", "shape": [], "dtype": "int32"}])",
       "twice"}};
  for (const auto& [manifest, problem] : kCases) {
    EXPECT_THAT(LoadManifest(manifest, 8).status().message(), HasSubstr(problem)) << manifest;
  }
}

TEST(TfjsImportTest, FailureLeavesNothingBehind) {
  const test::ScratchDir dir;
  const absl::Status status =
      ImportUniversalSentenceEncoderLite(dir.path() / "package", dir.path() / "models" / "m");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("model.json"));
  EXPECT_TRUE(fs::is_empty(dir.path() / "models"));
}

TEST(TfjsImportTest, DoesNotReplaceAModel) {
  const test::ScratchDir dir;
  EXPECT_EQ(ImportUniversalSentenceEncoderLite(dir.path() / "package", dir.path()).code(),
            absl::StatusCode::kAlreadyExists);
}

TEST(TfjsImportTest, LowerCaseIsAnOptionAndPartOfTheFingerprint) {
  const fs::path package = test::SourceDir() / ".voisin" / "downloads" / "package";
  if (!fs::exists(package) || !fs::exists(ModelDir())) {
    GTEST_SKIP() << "the default model's package is not there: run ./dev setup";
  }
  const test::ScratchDir dir;
  ASSERT_TRUE(ImportUniversalSentenceEncoderLite(package, dir.path() / "lower", true).ok());
  const auto lower = TextEncoder::Load(dir.path() / "lower");
  const auto plain = TextEncoder::Load(ModelDir());
  ASSERT_TRUE(lower.ok() && plain.ok()) << lower.status() << plain.status();
  EXPECT_NE((*lower)->info().fingerprint, (*plain)->info().fingerprint);
  const auto ids = [](const TextEncoder& encoder, const char* text) {
    return encoder.Tokenize(text, Truncation::error, "")->encoding.input_ids;
  };
  EXPECT_EQ(ids(**lower, "A Paris Hotel"), ids(**plain, "a paris hotel"));
  EXPECT_NE(ids(**plain, "A Paris Hotel"), ids(**plain, "a paris hotel"));
}

// Values that were read from the package by other means.
TEST(TfjsImportTest, ConvertedModelHasTheKnownNumbers) {
  const fs::path model = ModelDir();
  if (!fs::exists(model)) GTEST_SKIP() << "the default model is not there: run ./dev setup";
  const auto weights = Weights::Load(model / "model.safetensors");
  ASSERT_TRUE(weights.ok()) << weights.status();
  const auto embeddings =
      *weights->Floats("embeddings.word_embeddings.weight", std::vector<int64_t>{8002, 256});
  EXPECT_NEAR(embeddings[2002 * 256], -0.006980f, 1e-6);
  EXPECT_NEAR(embeddings[2002 * 256 + 1], 0.042710f, 1e-6);
  EXPECT_NEAR((*weights->Floats("embeddings.inv_timescale", std::vector<int64_t>{128}))[127], 1e-4f, 1e-9);
  EXPECT_EQ(weights->tensors().size(), 36u);
  const auto head = Weights::Load(model / "2_Dense" / "model.safetensors");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_TRUE(head->Floats("linear.weight", std::vector<int64_t>{512, 512}).ok());
}

}  // namespace
}  // namespace voisin::encoder
