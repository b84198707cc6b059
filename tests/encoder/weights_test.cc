#include "encoder/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/files.h"
#include "encoder/safetensors_header.h"
#include "tests/support/scratch_dir.h"

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string SafetensorsFile(std::string_view header, size_t data_bytes) {
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i));
  return file.append(header).append(data_bytes, '\0');
}

absl::Status ParseText(const std::string& file) {
  return ParseSafetensors(std::as_bytes(std::span(file))).status();
}

absl::Status ParseHeader(std::string_view header, size_t data_bytes) {
  return ParseText(SafetensorsFile(header, data_bytes));
}

Weights LoadFile(const test::ScratchDir& dir, const std::string& content) {
  EXPECT_TRUE(WriteFileAtomically(dir.path() / "w.safetensors", content).ok());
  auto weights = Weights::Load(dir.path() / "w.safetensors");
  EXPECT_TRUE(weights.ok()) << weights.status();
  return *std::move(weights);
}

TEST(SafetensorsTest, ReadsAGoodHeader) {
  EXPECT_TRUE(ParseHeader("{}", 0).ok());
  EXPECT_TRUE(ParseHeader(R"({"__metadata__":{"format":"pt","x":"\"\\"},)"
                          R"("b":{"shape":[],"data_offsets":[8,12],"dtype":"F32"},)"
                          R"("a":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},)"
                          R"("none":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]}}   )",
                          12)
                  .ok());
}

TEST(SafetensorsTest, LengthMustFitTheFile) {
  EXPECT_THAT(ParseText("short").message(), HasSubstr("file of 5 bytes, expected at least 8"));
  EXPECT_THAT(ParseText(std::string(8, '\xff') + "{}").message(), HasSubstr("expected at most 2"));
  EXPECT_THAT(ParseText(SafetensorsFile("{}", 0).substr(0, 9)).message(), HasSubstr("header of 2 bytes"));
}

TEST(SafetensorsTest, EveryLieIsNamed) {
  const std::tuple<const char*, size_t, const char*> cases[] = {
      {"", 0, "byte 0: expected '{'"},
      {"[]", 0, "expected '{'"},
      {"{} x", 0, "the end of the header"},
      {R"({"a":)", 0, "expected '{'"},
      {R"({"a":{"dtype":"F32)", 0, "the end of a string"},
      {R"({"a\u0041":{}})", 0, "without escapes"},
      {"{\"\xff\":{}}", 0, "not valid UTF-8 at byte 2"},
      {R"({"a":{}})", 0, "lacks dtype"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "lacks data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, "unknown field \"x\""},
      {R"({"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype \"Q4\""},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "data_offsets has 1 numbers"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 4, "leave the data of 4 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "data_offsets [4,0]"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "expected an integer"},
      {R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}})", 4,
       "expected an integer"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "takes 8 bytes, data_offsets hold 4"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0, "overflows"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "bytes from 0 belong to none"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8, "tensors end at data byte 4"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       8, "overlaps another tensor at data byte 4"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
       2, "\"a\": named twice"},
  };
  for (const auto& [header, data_bytes, problem] : cases) {
    const absl::Status status = ParseHeader(header, data_bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << header;
    EXPECT_THAT(status.message(), HasSubstr(problem)) << header;
  }
}

TEST(SafetensorsTest, EveryTruncationIsAnErrorOrWhole) {
  const std::string whole = SafetensorsFile(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParseText(whole.substr(0, size)).ok()) << size;
  EXPECT_TRUE(ParseText(whole).ok());
}

TEST(WeightsTest, WrittenFloatsReadBack) {
  const test::ScratchDir dir;
  const std::vector<float> a = {1.5f, -2, 3, 4, 5, 6};
  const std::vector<float> b = {7};
  const std::vector<NamedTensor> tensors = {{"a", {2, 3}, a}, {"b", {}, b}};
  ASSERT_TRUE(WriteSafetensors(dir.path() / "w.safetensors", tensors).ok());
  const auto weights = Weights::Load(dir.path() / "w.safetensors");
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_EQ(*weights->Floats("a", std::vector<int64_t>{2, 3}), a);
  EXPECT_EQ(*weights->Floats("b", {}), b);
  EXPECT_THAT(weights->Floats("a", std::vector<int64_t>{3, 2}).status().message(),
              HasSubstr("w.safetensors: tensor \"a\" has shape [2,3], expected [3,2]"));
  EXPECT_EQ(weights->Floats("c", {}).status().code(), absl::StatusCode::kNotFound);
}

TEST(WeightsTest, WritingChecksTheShape) {
  const test::ScratchDir dir;
  const std::vector<float> a = {1, 2};
  const std::vector<NamedTensor> tensors = {{"a", {3}, a}};
  EXPECT_THAT(WriteSafetensors(dir.path() / "w", tensors).message(),
              HasSubstr("shape [3] does not hold 2 values"));
}

TEST(WeightsTest, HalvesWiden) {
  const test::ScratchDir dir;
  const uint16_t values[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00, 0x7e00, 0x3f80, 0xc040};
  std::string file = SafetensorsFile(R"({"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]},)"
                                     R"("i":{"dtype":"F16","shape":[1],"data_offsets":[10,12]},)"
                                     R"("n":{"dtype":"F16","shape":[1],"data_offsets":[12,14]},)"
                                     R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[14,18]}})",
                                     0);
  file.append(reinterpret_cast<const char*>(values), sizeof(values));
  const Weights weights = LoadFile(dir, file);
  const auto half = *weights.Floats("h", std::vector<int64_t>{5});
  EXPECT_EQ(half[0], 1.0f);
  EXPECT_EQ(half[1], -2.0f);
  EXPECT_EQ(half[2], std::ldexp(1.0f, -24));
  EXPECT_EQ(half[3], 65504.0f);
  EXPECT_TRUE(half[4] == 0 && std::signbit(half[4]));
  EXPECT_THAT(weights.Floats("i", std::vector<int64_t>{1}).status().message(),
              HasSubstr("tensor \"i\" has the value inf at element 0, expected finite numbers"));
  EXPECT_THAT(weights.Floats("n", std::vector<int64_t>{1}).status().message(), HasSubstr("the value nan"));
  EXPECT_THAT(*weights.Floats("b", std::vector<int64_t>{2}), ElementsAre(1.0f, -3.0f));
}

TEST(WeightsTest, OtherTypesAreNoFloats) {
  const test::ScratchDir dir;
  const Weights weights =
      LoadFile(dir, SafetensorsFile(R"({"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", 8));
  EXPECT_THAT(weights.Floats("i", std::vector<int64_t>{1}).status().message(),
              HasSubstr("not of a float type"));
}

TEST(WeightsTest, AbsentFileIsNotFound) {
  EXPECT_EQ(Weights::Load("absent.safetensors").status().code(), absl::StatusCode::kNotFound);
}

// A model of two files: tensors a and b.
class ShardedWeightsTest : public testing::Test {
 protected:
  ShardedWeightsTest() {
    Write("model-1.safetensors", "a");
    Write("model-2.safetensors", "b");
    WriteIndex(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})");
  }
  void Write(const std::string& file, const std::string& tensor) {
    const NamedTensor one = {tensor, {2}, values_};
    ASSERT_TRUE(WriteSafetensors(dir_.path() / file, {&one, 1}).ok());
  }
  void WriteIndex(const std::string& map) {
    const std::string text = "{\"metadata\": {}, \"weight_map\": " + map + "}";
    ASSERT_TRUE(WriteFileAtomically(dir_.path() / "model.safetensors.index.json", text).ok());
  }
  std::string Problem() { return std::string(Weights::LoadModel(dir_.path()).status().message()); }

  test::ScratchDir dir_;
  const std::vector<float> values_ = {1.0f, 2.0f};
};

TEST_F(ShardedWeightsTest, ReadAsOne) {
  const auto weights = Weights::LoadModel(dir_.path());
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_EQ(weights->files(), 2u);
  EXPECT_EQ(*weights->Floats("b", std::vector<int64_t>{2}), values_);
  EXPECT_THAT(weights->Floats("b", std::vector<int64_t>{3}).status().message(),
              HasSubstr("model-2.safetensors: tensor \"b\" has shape [2], expected [3]"));
  EXPECT_THAT(weights->Floats("c", std::vector<int64_t>{3}).status().message(),
              HasSubstr("index.json: tensor \"c\" is missing, expected [3]"));
}

TEST_F(ShardedWeightsTest, OneFileGoesFirst) {
  Write("model.safetensors", "c");
  EXPECT_TRUE(Weights::LoadModel(dir_.path())->Contains("c"));
}

TEST_F(ShardedWeightsTest, WrongIndexesAreRefused) {
  WriteIndex(R"({"a": "model-1.safetensors", "c": "model-2.safetensors"})");
  EXPECT_THAT(Problem(), HasSubstr("model-2.safetensors: tensor \"c\" is missing"));
  WriteIndex(R"({"a": "../model-1.safetensors"})");
  EXPECT_THAT(Problem(), HasSubstr("expected the name of a .safetensors file"));
  WriteIndex(R"({"a": "model-3.safetensors"})");
  EXPECT_THAT(Problem(), HasSubstr("model-3.safetensors"));
  WriteIndex("{}");
  EXPECT_THAT(Problem(), HasSubstr("weight_map names no tensor"));
  WriteIndex("[1]");
  EXPECT_THAT(Problem(), HasSubstr("weight_map is array, expected object"));
  WriteIndex(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})");
  Write("model-2.safetensors", "a");
  EXPECT_THAT(Problem(), HasSubstr("tensor \"a\" is in"));
}

}  // namespace
}  // namespace voisin::encoder
