#include "encoder/tokenizer_families.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/merges.h"
#include "encoder/sentence_piece.h"
#include "encoder/special_tokens.h"
#include "encoder/vocab_txt.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

constexpr SpecialTokenNames kBertNames = {"[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]", false};
constexpr SpecialTokenNames kMpnetNames = {"<s>", "</s>", "[UNK]", "<pad>", "<mask>", true};
constexpr SpecialTokenNames kRobertaNames = {"<s>", "</s>", "<unk>", "<pad>", "<mask>", true};

struct Family {
  std::string_view tokenizer_class;
  SpecialTokenNames names;
};
constexpr std::array<Family, 3> kWordPiece = {
    {{"BertTokenizer", kBertNames}, {"DistilBertTokenizer", kBertNames}, {"MPNetTokenizer", kMpnetNames}}};
constexpr std::array<Family, 1> kByteLevelBpe = {{{"RobertaTokenizer", kRobertaNames}}};
constexpr std::array<Family, 2> kSentencePiece = {
    {{"CamembertTokenizer", kRobertaNames}, {"XLMRobertaTokenizer", kRobertaNames}}};

absl::StatusOr<Family> FindFamily(std::span<const Family> families, const TokenizerSettings& settings,
                                  std::string_view name) {
  std::string known;
  for (const Family& family : families) {
    if (family.tokenizer_class == settings.tokenizer_class) return family;
    absl::StrAppend(&known, known.empty() ? "" : ", ", std::string(family.tokenizer_class));
  }
  return absl::UnimplementedError(
      absl::StrCat(std::string(name), " without a tokenizer.json: tokenizer_class \"",
                   settings.tokenizer_class, "\" is not supported, expected one of ", known));
}

NormalizerStep BertSteps(const TokenizerSettings& settings) {
  BertNormalizer bert;
  bert.clean_text = true;
  bert.handle_chinese_chars = settings.tokenize_chinese_chars;
  bert.lowercase = settings.do_lower_case;
  bert.strip_accents = settings.strip_accents.value_or(settings.do_lower_case);
  return bert;
}

using Pieces = std::vector<SentencePieceModel::Piece>;

// The first pieces of the file, whose places others take.
absl::Status CheckHead(const Pieces& pieces, std::initializer_list<const char*> expected,
                       std::string_view name) {
  size_t id = 0;
  for (const char* text : expected) {
    const bool there = id < pieces.size() && pieces[id].text == text;
    if (!there) {
      const std::string came = id < pieces.size() ? "\"" + pieces[id].text + "\"" : "no more pieces";
      return absl::InvalidArgumentError(
          absl::StrCat(std::string(name), ": piece ", id, " is ", came, ", expected \"", text, "\""));
    }
    ++id;
  }
  return absl::OkStatus();
}

absl::Status CheckTypes(const Pieces& pieces, std::string_view name) {
  for (const auto& piece : pieces) {
    if (piece.type == SentencePieceModel::Type::unused)
      return absl::UnimplementedError(absl::StrCat(std::string(name), ": piece \"", piece.text,
                                                   "\" has the type UNUSED, which is not supported"));
  }
  return absl::OkStatus();
}

void Add(std::string text, double score, UnigramVocabulary& vocabulary) {
  vocabulary.pieces.push_back(std::move(text));
  vocabulary.scores.push_back(score);
}

void AddFrom(size_t first, const Pieces& pieces, UnigramVocabulary& vocabulary) {
  for (size_t id = first; id < pieces.size(); ++id) Add(pieces[id].text, pieces[id].score, vocabulary);
  Add("<mask>", 0, vocabulary);
}

absl::StatusOr<UnigramVocabulary> FairseqVocabulary(const SentencePieceModel& model, bool camembert,
                                                    std::string_view name) {
  UnigramVocabulary vocabulary;
  vocabulary.unk_id = 3;
  vocabulary.byte_fallback = model.byte_fallback;
  RETURN_IF_ERROR(CheckHead(model.pieces, {"<unk>", "<s>", "</s>"}, name));
  RETURN_IF_ERROR(CheckTypes(model.pieces, name));
  constexpr std::array<const char*, 4> kHead = {"<s>", "<pad>", "</s>", "<unk>"};
  constexpr std::array<const char*, 4> kCamembertHead = {"<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>"};
  for (const char* text : camembert ? kCamembertHead : kHead) Add(text, 0, vocabulary);
  if (camembert) Add("<unk>NOTUSED", -100, vocabulary);
  AddFrom(camembert ? 1 : 3, model.pieces, vocabulary);
  return vocabulary;
}

// SentencePiece's own way of white space, as far as the library's steps go.
void AddSpaceSteps(const SentencePieceModel& model, TokenizerDefinition& definition) {
  if (model.character_map) definition.normalizer.emplace_back(Precompiled{model.character_map});
  Metaspace metaspace;
  metaspace.prepend = model.add_dummy_prefix ? MetaspacePrepend::always : MetaspacePrepend::never;
  if (model.remove_extra_whitespaces && model.add_dummy_prefix) {
    definition.pre_tokenizer.emplace_back(WhitespaceSplit{});  // every word gets its mark
  } else if (model.remove_extra_whitespaces) {
    definition.normalizer.emplace_back(StripSpace{});
    definition.normalizer.emplace_back(Replace{.pattern = " ", .content = " ", .runs = true});
  }
  definition.pre_tokenizer.emplace_back(std::move(metaspace));
}

void AddUserDefined(const SentencePieceModel& model, TokenizerDefinition& definition) {
  for (const auto& piece : model.pieces) {
    if (piece.type != SentencePieceModel::Type::user_defined) continue;
    AddedToken token;
    token.id = -1;
    token.content = piece.text;
    definition.added_tokens.push_back(std::move(token));
  }
}

}  // namespace

absl::StatusOr<TokenizerDefinition> DefineWordPiece(std::string_view vocab_txt, std::string_view name,
                                                    const TokenizerSettings& settings) {
  ASSIGN_OR_RETURN(const Family family, FindFamily(kWordPiece, settings, name));
  WordPieceVocabulary vocabulary;
  ASSIGN_OR_RETURN(vocabulary.pieces, ParseVocabTxt(vocab_txt, name));
  TokenizerDefinition definition;
  definition.model = std::move(vocabulary);
  definition.normalizer.push_back(BertSteps(settings));
  definition.pre_tokenizer.emplace_back(BertPreTokenizer{});
  ASSIGN_OR_RETURN(const SpecialTokenIds ids, AddSpecialTokens(settings, family.names, name, definition));
  std::get<WordPieceVocabulary>(definition.model).unk_id = ids.unk;
  const bool mpnet = family.tokenizer_class == "MPNetTokenizer";
  (mpnet ? SetRobertaTemplates : SetBertTemplates)(ids.cls, ids.sep, definition.post_processor);
  return definition;
}

absl::StatusOr<TokenizerDefinition> DefineByteLevelBpe(const BpeFiles& files,
                                                       const TokenizerSettings& settings) {
  ASSIGN_OR_RETURN(const Family family, FindFamily(kByteLevelBpe, settings, files.vocab_name));
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(files.vocab_json, files.vocab_name));
  BpeVocabulary vocabulary;
  vocabulary.byte_level = true;
  ASSIGN_OR_RETURN(vocabulary.pieces, ReadPieceIds(document->root(), {}));
  ASSIGN_OR_RETURN(vocabulary.merges, ParseMergesTxt(files.merges_txt, files.merges_name, vocabulary.pieces));
  TokenizerDefinition definition;
  definition.model = std::move(vocabulary);
  if (settings.add_prefix_space) definition.pre_tokenizer.emplace_back(PrefixSpace{});
  definition.pre_tokenizer.emplace_back(BytePattern::gpt2);
  ASSIGN_OR_RETURN(const SpecialTokenIds ids,
                   AddSpecialTokens(settings, family.names, files.vocab_name, definition));
  SetRobertaTemplates(ids.cls, ids.sep, definition.post_processor);
  definition.post_processor.trim_offsets = true;
  return definition;
}

absl::StatusOr<TokenizerDefinition> DefineSentencePiece(std::string_view bytes, std::string_view name,
                                                        const TokenizerSettings& settings) {
  ASSIGN_OR_RETURN(const Family family, FindFamily(kSentencePiece, settings, name));
  ASSIGN_OR_RETURN(const SentencePieceModel model, ParseSentencePieceModel(bytes, name));
  const bool camembert = family.tokenizer_class == "CamembertTokenizer";
  TokenizerDefinition definition;
  ASSIGN_OR_RETURN(definition.model, FairseqVocabulary(model, camembert, name));
  AddSpaceSteps(model, definition);
  AddUserDefined(model, definition);
  ASSIGN_OR_RETURN(const SpecialTokenIds ids, AddSpecialTokens(settings, family.names, name, definition));
  SetRobertaTemplates(ids.cls, ids.sep, definition.post_processor);
  return definition;
}

}  // namespace voisin::encoder
