#include "tests/support/tiny_model.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "encoder/model_config.h"
#include "encoder/tokenizer.h"
#include "tests/support/scratch_dir.h"

namespace voisin::encoder {
namespace {

TEST(TinyModelFilesTest, IsTheSameEveryTime) {
  const test::ScratchDir a;
  const test::ScratchDir b;
  ASSERT_TRUE(test::WriteTinyModel(a.path()).ok());
  ASSERT_TRUE(test::WriteTinyModel(b.path()).ok());
  for (const char* file :
       {"config.json", "model.safetensors", "2_Dense/model.safetensors", "tokenizer.json"}) {
    EXPECT_EQ(*ReadFile(a.path() / file), *ReadFile(b.path() / file)) << file;
  }
}

TEST(TinyModelFilesTest, KnowsAsciiAndFitsItsConfiguration) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
  const auto tokenizer = *LoadTokenizer(dir.path());
  EXPECT_EQ(tokenizer->vocab_size(), LoadModelConfig(dir.path())->transformer.vocab_size);
  const auto encoding = tokenizer->Encode("Watching 2 CATS: the dogs played!", true);
  ASSERT_TRUE(encoding.ok());
  for (int32_t id : encoding->input_ids) EXPECT_NE(id, 0);
}

}  // namespace
}  // namespace voisin::encoder
