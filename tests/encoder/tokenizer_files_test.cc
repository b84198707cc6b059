#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/files.h"
#include "encoder/json.h"
#include "encoder/tokenizer.h"
#include "encoder/vocabulary.h"
#include "tests/encoder/test_paths.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/sentence_piece_writer.h"

// Tokenizers of directories without a tokenizer.json.
namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kNoShared = "the shared fixtures are not there (VOISIN_SHARED_DIR)";

// Texts of a file of JSON lines.
std::vector<std::string> TextsOf(const fs::path& path) {
  const std::string content = ReadFile(path).value();
  std::vector<std::string> texts;
  for (size_t at = 0; at < content.size();) {
    const size_t end = std::min(content.find('\n', at), content.size());
    const auto line = JsonDocument::Parse(content.substr(at, end - at), path.string()).value();
    texts.push_back(line->root().Field("text")->String().value());
    at = end + 1;
  }
  return texts;
}

// Copies the directory's files but tokenizer.json and the weights.
void CopyWithoutTokenizerJson(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == "tokenizer.json" || name.ends_with(".safetensors")) continue;
    ASSERT_TRUE(WriteFileAtomically(to / name, *ReadFile(entry.path())).ok());
  }
}

void ExpectSameTokens(const Tokenizer& expected, const Tokenizer& actual,
                      const std::vector<std::string>& texts) {
  ASSERT_EQ(expected.vocab_size(), actual.vocab_size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const Encoding one = expected.Encode(texts[i], true).value();
    const Encoding other = actual.Encode(texts[i], true).value();
    EXPECT_EQ(one.input_ids, other.input_ids) << texts[i];
    EXPECT_EQ(one.offsets.size(), other.offsets.size());
    for (size_t t = 0; t < one.offsets.size() && t < other.offsets.size(); ++t) {
      EXPECT_EQ(one.offsets[t].begin, other.offsets[t].begin) << texts[i];
      EXPECT_EQ(one.offsets[t].end, other.offsets[t].end) << texts[i];
    }
    const auto pair = [&](const Tokenizer& tokenizer) {
      return tokenizer.EncodePair(texts[i], texts[texts.size() - 1 - i], {.max_length = 40}).value();
    };
    EXPECT_EQ(pair(expected).input_ids, pair(actual).input_ids) << texts[i];
    EXPECT_EQ(pair(expected).token_type_ids, pair(actual).token_type_ids) << texts[i];
  }
}

std::vector<std::string> GoldenTexts() {
  const fs::path fixtures = SharedDir() / "fixtures";
  std::vector<std::string> texts = TextsOf(fixtures / "tokenizer" / "tokenizer_golden.jsonl");
  for (std::string& text : TextsOf(fixtures / "use_lite_golden.jsonl")) texts.push_back(std::move(text));
  texts.emplace_back("before <mask> after [MASK] <s> </s> [CLS]");
  return texts;
}

TEST(TokenizerFilesTest, FixturesGiveTheTokensOfTheirTokenizerJson) {
  if (!fs::exists(SharedDir())) GTEST_SKIP() << kNoShared;
  const std::vector<std::string> texts = GoldenTexts();
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(SharedDir() / "fixtures" / "checkpoints")) {
    if (!fs::exists(entry.path() / "vocab.txt") && !fs::exists(entry.path() / "vocab.json")) continue;
    if (entry.path().filename() == "modernbert") continue;  // its class has no vocabulary of its own
    SCOPED_TRACE(entry.path().filename().string());
    const test::ScratchDir bare;
    CopyWithoutTokenizerJson(entry.path(), bare.path());
    const auto actual = LoadTokenizer(bare.path());
    ASSERT_TRUE(actual.ok()) << actual.status();
    ExpectSameTokens(**LoadTokenizer(entry.path()), **actual, texts);
    ++compared;
  }
  EXPECT_EQ(compared, 9);
}

TEST(TokenizerFilesTest, RealVocabTxtGivesTheTokensOfItsTokenizerJson) {
  const fs::path fixtures = SharedDir() / "fixtures" / "tokenizer";
  if (!fs::exists(fixtures)) GTEST_SKIP() << kNoShared;
  const test::ScratchDir bare;
  ASSERT_TRUE(WriteFileAtomically(bare.path() / "vocab.txt", *ReadFile(fixtures / "vocab.txt")).ok());
  ASSERT_TRUE(WriteFileAtomically(bare.path() / "config.json", R"({"model_type": "bert"})").ok());
  const auto actual = LoadTokenizer(bare.path());
  ASSERT_TRUE(actual.ok()) << actual.status();
  ExpectSameTokens(**LoadTokenizer(fixtures), **actual, GoldenTexts());
}

// SentencePiece's id -> fairseq's.
int32_t FairseqId(int64_t id) { return id == 0 ? 3 : static_cast<int32_t>(id + 1); }

TEST(TokenizerFilesTest, SentencePieceModelAgreesWithSentencePiece) {
  const fs::path golden = test::SourceDir() / "tests" / "golden" / "sentencepiece";
  const test::ScratchDir dir;
  for (const char* name : {"sentencepiece.bpe.model", "spiece.model"}) {
    fs::remove(dir.path() / "sentencepiece.bpe.model");
    ASSERT_TRUE(WriteFileAtomically(dir.path() / name, *ReadFile(golden / "sentencepiece.bpe.model")).ok());
    ASSERT_TRUE(WriteFileAtomically(dir.path() / "config.json", R"({"model_type": "xlm-roberta"})").ok());
    const auto tokenizer = LoadTokenizer(dir.path());
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    const std::string lines = ReadFile(golden / "golden.jsonl").value();
    int compared = 0;
    for (size_t at = 0; at < lines.size(); ++compared) {
      const size_t end = lines.find('\n', at);
      const auto line = JsonDocument::Parse(lines.substr(at, end - at), "golden").value();
      const std::string text = line->root().Field("text")->String().value();
      std::vector<int32_t> ids = {0};
      const auto elements = line->root().Field("ids")->Elements();
      for (const JsonValue& id : *elements) ids.push_back(FairseqId(*id.Integer(0, 10000)));
      ids.push_back(2);
      EXPECT_EQ((*tokenizer)->Encode(text, true)->input_ids, ids) << text;
      at = end + 1;
    }
    EXPECT_EQ(compared, 58);
  }
}

// The XLM-R fixture has no .model: it is made of its tokenizer.json, whose NFKC no character map of ours can say; so only
// texts that NFKC leaves alone are compared.
TEST(TokenizerFilesTest, XlmRobertaFixtureAsSentencePieceGivesItsTokens) {
  const fs::path fixture = SharedDir() / "fixtures" / "checkpoints" / "xlm-roberta";
  if (!fs::exists(fixture)) GTEST_SKIP() << kNoShared;
  const std::string json = ReadFile(fixture / "tokenizer.json").value();
  const auto definition = ParseTokenizerDefinition(json, "tokenizer.json").value();
  const auto& vocabulary = std::get<UnigramVocabulary>(definition.model);
  std::vector<test::SentencePieceEntry> pieces = {{"<unk>", 0, 2}, {"<s>", 0, 3}, {"</s>", 0, 3}};
  for (size_t id = 4; id + 1 < vocabulary.pieces.size(); ++id)
    pieces.push_back({vocabulary.pieces[id], static_cast<float>(vocabulary.scores[id])});
  const test::ScratchDir bare;
  CopyWithoutTokenizerJson(fixture, bare.path());
  ASSERT_TRUE(WriteFileAtomically(bare.path() / "sentencepiece.bpe.model", test::WritePieces(pieces)).ok());
  std::vector<std::string> texts;
  for (const std::string& text : GoldenTexts()) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
    if (plain) texts.push_back(text);
  }
  EXPECT_GT(texts.size(), 200u);
  ExpectSameTokens(**LoadTokenizer(fixture), **LoadTokenizer(bare.path()), texts);
}

// A directory of files given by name and content.
class FilesTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(dir_.path() / name, content).ok());
  }
  void WriteVocab(std::string_view config = R"({"tokenizer_class": "BertTokenizer"})") {
    Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n\u00e9\nA\n");
    Write("tokenizer_config.json", config);
  }
  std::vector<int32_t> Ids(std::string_view text) {
    const auto tokenizer = LoadTokenizer(dir_.path());
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
    return tokenizer.ok() ? (*tokenizer)->Encode(text, false)->input_ids : std::vector<int32_t>();
  }
  void ExpectError(absl::StatusCode code, const std::string& part) {
    const absl::Status status = LoadTokenizer(dir_.path()).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }
  void ExpectInvalid(const std::string& part) { ExpectError(absl::StatusCode::kInvalidArgument, part); }
  void ExpectUnimplemented(const std::string& part) { ExpectError(absl::StatusCode::kUnimplemented, part); }

  test::ScratchDir dir_;
};

using Ints = std::vector<int32_t>;

TEST_F(FilesTest, SettingsOfTheNormaliserAreHeard) {
  WriteVocab();
  EXPECT_EQ(Ids("Ab \u00e9"), (Ints{5, 6, 1}));  // the accent goes with lower case
  WriteVocab(R"({"tokenizer_class": "BertTokenizerFast", "strip_accents": false})");
  EXPECT_EQ(Ids("Ab \u00e9"), (Ints{5, 6, 7}));
  WriteVocab(R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})");
  EXPECT_EQ(Ids("Ab \u00e9"), (Ints{8, 6, 7}));
  WriteVocab(R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false, "strip_accents": true})");
  EXPECT_EQ(Ids("Ab \u00e9"), (Ints{8, 6, 1}));
}

TEST_F(FilesTest, ChineseCharactersStandAloneUnlessTheConfigSaysNo) {
  Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n\u4e2d\n\u4e2d\u4e2d\n");
  Write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
  EXPECT_EQ(Ids("\u4e2d\u4e2d"), (Ints{3, 3}));
  Write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "tokenize_chinese_chars": false})");
  EXPECT_EQ(Ids("\u4e2d\u4e2d"), (Ints{4}));
}

TEST_F(FilesTest, SpecialTokensComeFromTheConfigOrTheMap) {
  Write("vocab.txt", "<u>\n<c>\n<e>\na\n[M]\n");
  const char* const tokens = R"("cls_token": "<c>", "sep_token": {"content": "<e>"}, "unk_token": "<u>")";
  Write("tokenizer_config.json", "{\"tokenizer_class\": \"BertTokenizer\", " + std::string(tokens) + "}");
  EXPECT_EQ((*LoadTokenizer(dir_.path()))->Encode("a", true)->input_ids, (Ints{1, 3, 2}));
  Write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
  ExpectInvalid("vocab.txt: lacks \"[CLS]\", the cls_token");
  Write("special_tokens_map.json",
        "{" + std::string(tokens) + R"(, "mask_token": {"content": "[M]", "lstrip": true}})");
  EXPECT_EQ(Ids("a [M] zz"), (Ints{3, 4, 0}));
  EXPECT_EQ((*LoadTokenizer(dir_.path()))->Encode("a [M]", false)->offsets[1].begin, 1u);
}

TEST_F(FilesTest, AddedTokensFollowTheVocabulary) {
  WriteVocab();
  Write("added_tokens.json", R"({"[NEW]": 9})");
  EXPECT_EQ(Ids("a[NEW]a"), (Ints{5, 9, 5}));
  Write("added_tokens.json", R"({"[NEW]": 11})");
  ExpectInvalid("has id 11, expected 9");
  Write("added_tokens.json", R"({"[NEW]": 5})");
  ExpectInvalid("gives \"[NEW]\" the id 5, which is that of \"a\"");
  fs::remove(dir_.path() / "added_tokens.json");
  WriteVocab(R"({"tokenizer_class": "BertTokenizer", "additional_special_tokens": ["[Q]"],
    "added_tokens_decoder": {"9": {"content": "[D]"}, "4": {"content": "[MASK]"}}})");
  EXPECT_EQ(Ids("[Q][D]"), (Ints{10, 9}));
  WriteVocab(R"({"tokenizer_class": "BertTokenizer", "added_tokens_decoder": {"x": {"content": "[D]"}}})");
  ExpectInvalid("added_tokens_decoder has the key \"x\", expected a token id");
}

TEST_F(FilesTest, LinesOfVocabTxtAreNamed) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "vocab.txt is empty, expected tokens"},
      {"[UNK]\n\na\n", "vocab.txt:2: \"\" is empty, expected a token"},
      {"[UNK]\na\nb\na\n", "vocab.txt:4: \"a\" is also the token of line 2"},
      {"[UNK]\n\xff\xfe\n", "vocab.txt:2: \"\\377\\376\" is not UTF-8"},
      {"[CLS]\n[SEP]\na\n", "lacks \"[UNK]\", the unk_token"}};
  for (const auto& [vocab, part] : kCases) {
    WriteVocab();
    Write("vocab.txt", vocab);
    ExpectInvalid(part);
  }
  Write("vocab.txt", "[UNK]\n" + std::string(2000, 'x') + "\n");
  ExpectInvalid("has 2000 bytes, expected at most 1024");
  Write("vocab.txt", "[UNK]\r\n[CLS]\r\n[SEP]\r\na");
  EXPECT_EQ(Ids("a"), (Ints{3}));
}

TEST_F(FilesTest, ClassesThatNeedATokenizerJsonAreNamed) {
  WriteVocab(R"({"tokenizer_class": "PreTrainedTokenizerFast"})");
  ExpectUnimplemented(
      "tokenizer_class \"PreTrainedTokenizer\" is not supported, expected one of BertTokenizer");
  WriteVocab("{}");
  ExpectUnimplemented("tokenizer_class \"\" is not supported");
  WriteVocab(R"({"tokenizer_class": "BertTokenizer", "do_basic_tokenize": false})");
  ExpectUnimplemented("do_basic_tokenize is 0");
  WriteVocab(R"({"tokenizer_class": "BertTokenizer", "do_lower_case": "yes"})");
  ExpectInvalid("do_lower_case is string, expected boolean");
  fs::remove(dir_.path() / "vocab.txt");
  ExpectError(absl::StatusCode::kNotFound, "none of the files tokenizer.json, vocab.txt, vocab.json, ");
}

class BpeFilesTest : public FilesTest {
 protected:
  void SetUp() override {
    Write("vocab.json", R"({"<s>": 0, "</s>": 1, "<unk>": 2, "a": 3, "b": 4, "ab": 5, "\u0120": 6})");
    Write("merges.txt", "#version: 0.2\na b\n");
    Write("tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizer"})");
  }
};

TEST_F(BpeFilesTest, MergesApplyInOrder) {
  EXPECT_EQ(Ids("abb"), (Ints{5, 4}));
  Write("merges.txt", "a b");
  EXPECT_EQ(Ids("abb"), (Ints{5, 4}));
  Write("tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true})");
  EXPECT_EQ(Ids("ab"), (Ints{6, 5}));
}

TEST_F(BpeFilesTest, DamageIsNamed) {
  const std::pair<const char*, const char*> kMerges[] = {
      {"a b\nab\n", "merges.txt:2: \"ab\" is not two tokens with one space"},
      {"a b b\n", "merges.txt:1: \"a b b\" is not two tokens"},
      {"#version\nb a\n", "merges.txt:2: \"b a\" names \"ba\", which is not in the vocabulary"},
      {"a \xff\n", "merges.txt:1: \"a \\377\" names"}};
  for (const auto& [merges, part] : kMerges) {
    Write("merges.txt", merges);
    ExpectInvalid(part);
  }
  fs::remove(dir_.path() / "merges.txt");
  ExpectError(absl::StatusCode::kNotFound, "merges.txt");
  SetUp();
  Write("vocab.json", R"({"<s>": 0, "</s>": 1, "<unk>": 2, "a": 4})");
  ExpectInvalid("vocab.json: ");
  Write("vocab.json", R"({"<s>": 0, "</s>": 1, "<unk>": 2, "a": 2})");
  ExpectInvalid("which is also the id of");
}

class SentencePieceFilesTest : public FilesTest {
 protected:
  void SetUp() override { Write("tokenizer_config.json", R"({"tokenizer_class": "XLMRobertaTokenizer"})"); }
  void WriteModel(std::string_view bytes) { Write("sentencepiece.bpe.model", bytes); }

  const std::vector<test::SentencePieceEntry> kPieces = {{"<unk>", 0, 2}, {"<s>", 0, 3}, {"</s>", 0, 3},
                                                         {"\u2581", -3},  {"a", -4},     {"\u2581ab", -2}};
  const std::string good_ = test::WritePieces(kPieces);
};

TEST_F(SentencePieceFilesTest, IdsAreThoseOfTheClass) {
  WriteModel(good_);
  EXPECT_EQ((*LoadTokenizer(dir_.path()))->Encode("ab a z<mask>", true)->input_ids,
            (Ints{0, 6, 4, 5, 4, 3, 7, 2}));
  Write("tokenizer_config.json", R"({"tokenizer_class": "CamembertTokenizer"})");
  EXPECT_EQ((*LoadTokenizer(dir_.path()))->Encode("ab a z<mask>", true)->input_ids,
            (Ints{5, 9, 7, 8, 7, 3, 10, 6}));
}

TEST_F(SentencePieceFilesTest, NormalizerSpecIsHeard) {
  WriteModel(good_ + test::WireBytes(3, test::WireVarint(3, 0)));
  EXPECT_EQ(Ids("a"), (Ints{5}));
  WriteModel(good_ + test::WireBytes(3, test::WireVarint(3, 0) + test::WireVarint(4, 1)));
  EXPECT_EQ(Ids(" a  a "), (Ints{5, 4, 5}));
  WriteModel(good_ + test::WireBytes(3, test::WireVarint(4, 0)));
  EXPECT_EQ(Ids("a  a"), (Ints{4, 5, 4, 4, 5}));
  auto pieces = kPieces;
  pieces.push_back({"<q>", 0, 4});
  WriteModel(test::WritePieces(pieces));
  EXPECT_EQ(Ids("a<q>a"), (Ints{4, 5, 7, 4, 5}));
}

TEST_F(SentencePieceFilesTest, DamageIsNamed) {
  const auto with = [&](test::SentencePieceEntry entry) { return good_ + test::WirePiece(entry); };
  const std::pair<std::string, const char*> kCases[] = {
      {"", "sentencepiece.bpe.model has no piece"},
      {with({"a", 0}), "piece 6 (a) is there twice"},
      {with({"b", std::numeric_limits<float>::quiet_NaN()}),
       "piece 6 (b) has the score nan, expected a finite one"},
      {with({"b", -std::numeric_limits<float>::infinity()}), "has the score -inf"},
      {with({"\xc3", 0}), "piece 6 is not UTF-8"},
      {with({"", 0}), "piece 6 is empty"},
      {with({"b", 0, 9}), "a piece has the type 9, expected 1 to 6"},
      {test::WritePieces({{"a", 0}}), "piece 0 is \"a\", expected \"<unk>\""},
      {test::WritePieces({{"<unk>", 0, 2}}), "piece 1 is no more pieces, expected \"<s>\""},
      {good_ + test::WireVarint(1, 7), "field 1 is a varint, expected a string or message"},
      {good_ + test::WireBytes(1, test::WireVarint(2, 7)), "field 2 is a varint, expected a 32-bit value"},
      {good_ + "\x0b", "field 1 has the wire type 3"},
      {good_ + std::string(1, '\0'), "the field number 0 does not exist"},
      {good_ + std::string(11, '\xff'), "a number has more than 10 bytes"},
      {good_ + test::WireBytes(3, test::WireBytes(2, "\x08")),
       "precompiled_charsmap is no character map has no length"}};
  for (const auto& [bytes, part] : kCases) {
    WriteModel(bytes);
    ExpectInvalid(part);
  }
}

TEST_F(SentencePieceFilesTest, OtherKindsAreUnimplementedByName) {
  const std::pair<std::string, const char*> kCases[] = {
      {good_ + test::WireBytes(2, test::WireVarint(3, 2)), "has model_type 2, expected 1 (UNIGRAM)"},
      {good_ + test::WireBytes(2, test::WireVarint(24, 1)), "treat_whitespace_as_suffix"},
      {good_ + test::WireBytes(3, test::WireVarint(5, 0)), "escape_whitespaces false"},
      {good_ + test::WirePiece({"b", 0, 5}), "piece \"b\" has the type UNUSED"}};
  for (const auto& [bytes, part] : kCases) {
    WriteModel(bytes);
    ExpectUnimplemented(part);
  }
}

TEST_F(SentencePieceFilesTest, EveryTruncationIsAnErrorOrWhole) {
  for (size_t size = 0; size < good_.size(); ++size) {
    WriteModel(good_.substr(0, size));
    const absl::Status status = LoadTokenizer(dir_.path()).status();
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << size << ": " << status;
  }
}

TEST_F(FilesTest, FingerprintCoversEveryFileThatDecides) {
  WriteVocab();
  std::vector<std::string> seen = {TokenizerFingerprint(dir_.path()).value()};
  const auto expect_new = [&] {
    seen.push_back(TokenizerFingerprint(dir_.path()).value());
    EXPECT_EQ(std::count(seen.begin(), seen.end(), seen.back()), 1);
  };
  for (const char* name : {"special_tokens_map.json", "added_tokens.json"}) {
    Write(name, "{}");
    expect_new();
  }
  Write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})");
  expect_new();
  Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n");
  expect_new();
}

}  // namespace
}  // namespace voisin::encoder
