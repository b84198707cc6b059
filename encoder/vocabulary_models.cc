#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/merges.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kMaxWordCharacters = 1 << 20;

absl::Status CheckCount(const JsonValue& vocab, size_t count) {
  if (count > 0 && count <= static_cast<size_t>(kMaxTokens)) return absl::OkStatus();
  return vocab.Error(absl::StrCat("has ", count, " pieces, expected 1 to ", kMaxTokens));
}

absl::Status ReadScoredPiece(const JsonValue& entry, UnigramVocabulary& vocabulary) {
  ASSIGN_OR_RETURN(const std::vector<JsonValue> pair, entry.Elements());
  if (pair.size() != 2)
    return entry.Error(absl::StrCat("has ", pair.size(), " elements, expected piece and score"));
  ASSIGN_OR_RETURN(std::string piece, ReadPieceText(pair[0]));
  ASSIGN_OR_RETURN(const double score, pair[1].Number());
  vocabulary.pieces.push_back(std::move(piece));
  vocabulary.scores.push_back(score);
  return absl::OkStatus();
}

// The keys that the library does not know.
absl::Status ReadUnigramRules(const JsonValue& rules, UnigramVocabulary& vocabulary) {
  if (const auto score = rules.Find("unknown_score")) {
    ASSIGN_OR_RETURN(vocabulary.unknown_score, score->Number());
    vocabulary.has_unknown_score = true;
  }
  if (const auto reserved = rules.Find("reserved_ids")) {
    ASSIGN_OR_RETURN(const int64_t ids, reserved->Integer(0, static_cast<int64_t>(vocabulary.pieces.size())));
    vocabulary.reserved_ids = static_cast<int32_t>(ids);
  }
  RETURN_IF_ERROR(ReadOptional(rules, "unknown_only_without_piece", vocabulary.unknown_only_without_piece));
  RETURN_IF_ERROR(ReadOptional(rules, "prefer_late_split", vocabulary.prefer_late_split));
  return ReadOptional(rules, "unset_at_zero", vocabulary.unset_at_zero);
}

absl::StatusOr<ModelVocabulary> ReadUnigram(const JsonValue& model) {
  UnigramVocabulary vocabulary;
  ASSIGN_OR_RETURN(JsonValue vocab, model.Field("vocab"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, vocab.Elements());
  RETURN_IF_ERROR(CheckCount(vocab, entries.size()));
  vocabulary.pieces.reserve(entries.size());
  vocabulary.scores.reserve(entries.size());
  for (const JsonValue& entry : entries) RETURN_IF_ERROR(ReadScoredPiece(entry, vocabulary));
  ASSIGN_OR_RETURN(vocabulary.unk_id, ReadId(model, "unk_id", vocabulary.pieces.size()));
  RETURN_IF_ERROR(ReadOptional(model, "byte_fallback", vocabulary.byte_fallback));
  if (const auto rules = model.Find("voisin")) RETURN_IF_ERROR(ReadUnigramRules(*rules, vocabulary));
  return vocabulary;
}

absl::StatusOr<int32_t> FindPiece(const JsonValue& model, std::string_view key,
                                  const std::vector<std::string>& pieces) {
  ASSIGN_OR_RETURN(JsonValue field, model.Field(key));
  ASSIGN_OR_RETURN(const std::string text, field.String());
  const auto found = std::find(pieces.begin(), pieces.end(), text);
  if (found == pieces.end())
    return field.Error(absl::StrCat("is \"", text, "\", which is not in the vocabulary"));
  return static_cast<int32_t>(found - pieces.begin());
}

absl::StatusOr<ModelVocabulary> ReadWordPiece(const JsonValue& model,
                                              const std::vector<AddedToken>& added_tokens) {
  WordPieceVocabulary vocabulary;
  ASSIGN_OR_RETURN(JsonValue vocab, model.Field("vocab"));
  ASSIGN_OR_RETURN(vocabulary.pieces, ReadPieceIds(vocab, added_tokens));
  ASSIGN_OR_RETURN(vocabulary.unk_id, FindPiece(model, "unk_token", vocabulary.pieces));
  RETURN_IF_ERROR(
      ReadOptionalPiece(model, "continuing_subword_prefix", vocabulary.continuing_subword_prefix));
  if (const auto most = model.Find("max_input_chars_per_word")) {
    ASSIGN_OR_RETURN(const int64_t characters, most->Integer(1, kMaxWordCharacters));
    vocabulary.max_input_chars_per_word = static_cast<size_t>(characters);
  }
  return vocabulary;
}

using MergeParts = std::pair<std::string, std::string>;

absl::StatusOr<MergeParts> TextParts(const JsonValue& entry) {
  ASSIGN_OR_RETURN(const std::string text, entry.String());
  if (const auto parts = SplitMerge(text)) return MergeParts(parts->first, parts->second);
  return entry.Error(absl::StrCat("is \"", text, "\", expected two tokens with one space between them"));
}

// A text "a b", or a pair ["a", "b"].
absl::StatusOr<MergeParts> ReadMergeParts(const JsonValue& entry) {
  const auto elements = entry.Elements();
  if (!elements.ok()) return TextParts(entry);
  if (elements->size() != 2) {
    return entry.Error(absl::StrCat("has ", elements->size(), " elements, expected two tokens"));
  }
  MergeParts parts;
  ASSIGN_OR_RETURN(parts.first, (*elements)[0].String());
  ASSIGN_OR_RETURN(parts.second, (*elements)[1].String());
  return parts;
}

absl::Status ReadMerge(const JsonValue& entry, const MergeFinder& finder, std::vector<BpeMerge>& merges) {
  ASSIGN_OR_RETURN(const MergeParts parts, ReadMergeParts(entry));
  const absl::StatusOr<BpeMerge> merge = finder.Find(parts.first, parts.second);
  if (!merge.ok()) return entry.Error(std::string(merge.status().message()));
  merges.push_back(*merge);
  return absl::OkStatus();
}

absl::Status ReadBpeOptions(const JsonValue& model, BpeVocabulary& vocabulary) {
  if (model.Find("unk_token")) {
    ASSIGN_OR_RETURN(vocabulary.unk_id, FindPiece(model, "unk_token", vocabulary.pieces));
  }
  if (const auto dropout = model.Find("dropout")) {
    ASSIGN_OR_RETURN(const double rate, dropout->Number());
    if (rate != 0) return dropout->Unimplemented("makes tokens random, which is not supported");
  }
  RETURN_IF_ERROR(ReadOptional(model, "fuse_unk", vocabulary.fuse_unk));
  RETURN_IF_ERROR(ReadOptional(model, "byte_fallback", vocabulary.byte_fallback));
  RETURN_IF_ERROR(ReadOptional(model, "ignore_merges", vocabulary.ignore_merges));
  RETURN_IF_ERROR(
      ReadOptionalPiece(model, "continuing_subword_prefix", vocabulary.continuing_subword_prefix));
  return ReadOptionalPiece(model, "end_of_word_suffix", vocabulary.end_of_word_suffix);
}

absl::StatusOr<ModelVocabulary> ReadBpe(const JsonValue& model, const std::vector<AddedToken>& added_tokens) {
  BpeVocabulary vocabulary;
  ASSIGN_OR_RETURN(JsonValue vocab, model.Field("vocab"));
  ASSIGN_OR_RETURN(vocabulary.pieces, ReadPieceIds(vocab, added_tokens));
  RETURN_IF_ERROR(ReadBpeOptions(model, vocabulary));
  ASSIGN_OR_RETURN(JsonValue merges, model.Field("merges"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, merges.Elements());
  if (entries.size() > static_cast<size_t>(kMaxTokens))
    return merges.Error(absl::StrCat("has ", entries.size(), " merges, expected at most ", kMaxTokens));
  const MergeFinder finder(vocabulary.pieces, vocabulary.continuing_subword_prefix);
  for (const JsonValue& entry : entries) RETURN_IF_ERROR(ReadMerge(entry, finder, vocabulary.merges));
  return vocabulary;
}

// Ids without a piece are those of added tokens.
absl::Status FillHoles(const JsonValue& vocab, const std::vector<bool>& filled,
                       const std::vector<AddedToken>& added_tokens, std::vector<std::string>& pieces) {
  std::unordered_map<int32_t, const AddedToken*> added;
  for (const AddedToken& token : added_tokens) added.emplace(token.id, &token);
  for (size_t id = 0; id < pieces.size(); ++id) {
    if (filled[id]) continue;
    const auto token = added.find(static_cast<int32_t>(id));
    if (token == added.end()) return vocab.Error(absl::StrCat("has no token with id ", id));
    pieces[id] = token->second->content;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadPieceIds(const JsonValue& vocab,
                                                      const std::vector<AddedToken>& added_tokens) {
  ASSIGN_OR_RETURN(const auto members, vocab.Members());
  RETURN_IF_ERROR(CheckCount(vocab, members.size()));
  const auto last = static_cast<int64_t>(members.size() + added_tokens.size()) - 1;
  std::vector<std::string> pieces;
  std::vector<bool> filled;
  for (const auto& [piece, value] : members) {
    if (piece.size() > kMaxPieceBytes)
      return value.Error(
          absl::StrCat("has a key of ", piece.size(), " bytes, expected at most ", kMaxPieceBytes));
    ASSIGN_OR_RETURN(const int64_t integer, value.Integer(0, last));
    const auto id = static_cast<size_t>(integer);
    if (id >= pieces.size()) {
      pieces.resize(id + 1);
      filled.resize(id + 1);
    }
    if (filled[id])
      return value.Error(absl::StrCat("is ", id, ", which is also the id of \"", pieces[id], "\""));
    pieces[id] = std::string(piece);
    filled[id] = true;
  }
  RETURN_IF_ERROR(FillHoles(vocab, filled, added_tokens, pieces));
  return pieces;
}

absl::StatusOr<ModelVocabulary> ReadModel(const JsonValue& model,
                                          const std::vector<AddedToken>& added_tokens) {
  ASSIGN_OR_RETURN(const std::string type, ReadType(model));
  if (type == "Unigram") return ReadUnigram(model);
  if (type == "WordPiece") return ReadWordPiece(model, added_tokens);
  if (type == "BPE") return ReadBpe(model, added_tokens);
  return model.Unimplemented(absl::StrCat("has the type \"", type,
                                          "\", which is not supported; expected Unigram, WordPiece or BPE"));
}

}  // namespace voisin::encoder
