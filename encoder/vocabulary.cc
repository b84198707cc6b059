#include "encoder/vocabulary.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "encoder/json.h"

namespace voisin::encoder {
namespace {

constexpr int32_t kMaxTokens = 1 << 24;
constexpr size_t kMaxPieceBytes = 1024;
constexpr std::string_view kMetaspace = "\u2581";

absl::StatusOr<std::string> ReadType(const JsonValue& object) {
  ASSIGN_OR_RETURN(JsonValue type, object.Field("type"));
  return type.String();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, bool& flag) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(flag, field->Bool());
  return absl::OkStatus();
}

absl::Status RefuseFlag(const JsonValue& object, std::string_view key) {
  bool on = false;
  RETURN_IF_ERROR(ReadOptional(object, key, on));
  return on ? object.Unimplemented(std::string("sets ").append(key).append(", which is not supported"))
            : absl::OkStatus();
}

absl::StatusOr<int32_t> ReadId(const JsonValue& object, std::string_view key, size_t limit) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field(key));
  ASSIGN_OR_RETURN(const int64_t id, field.Integer(0, static_cast<int64_t>(limit) - 1));
  return static_cast<int32_t>(id);
}

absl::Status ReadPiece(const JsonValue& entry, UnigramVocabulary& vocabulary) {
  ASSIGN_OR_RETURN(const std::vector<JsonValue> pair, entry.Elements());
  if (pair.size() != 2)
    return entry.Error(absl::StrCat("has ", pair.size(), " elements, expected piece and score"));
  ASSIGN_OR_RETURN(std::string piece, pair[0].String());
  if (piece.size() > kMaxPieceBytes) {
    return pair[0].Error(absl::StrCat("has ", piece.size(), " bytes, expected at most ", kMaxPieceBytes));
  }
  ASSIGN_OR_RETURN(const double score, pair[1].Number());
  vocabulary.pieces.push_back(std::move(piece));
  vocabulary.scores.push_back(score);
  return absl::OkStatus();
}

absl::Status ReadPieces(const JsonValue& model, UnigramVocabulary& vocabulary) {
  ASSIGN_OR_RETURN(JsonValue vocab, model.Field("vocab"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, vocab.Elements());
  if (entries.empty() || entries.size() > static_cast<size_t>(kMaxTokens)) {
    return vocab.Error(absl::StrCat("has ", entries.size(), " pieces, expected 1 to ", kMaxTokens));
  }
  vocabulary.pieces.reserve(entries.size());
  vocabulary.scores.reserve(entries.size());
  for (const JsonValue& entry : entries) RETURN_IF_ERROR(ReadPiece(entry, vocabulary));
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

absl::Status ReadModel(const JsonValue& root, UnigramVocabulary& vocabulary) {
  ASSIGN_OR_RETURN(JsonValue model, root.Field("model"));
  ASSIGN_OR_RETURN(const std::string type, ReadType(model));
  if (type != "Unigram") {
    return model.Unimplemented(
        absl::StrCat("has the type \"", type, "\", which is not supported; expected \"Unigram\""));
  }
  RETURN_IF_ERROR(RefuseFlag(model, "byte_fallback"));
  RETURN_IF_ERROR(ReadPieces(model, vocabulary));
  ASSIGN_OR_RETURN(vocabulary.unk_id, ReadId(model, "unk_id", vocabulary.pieces.size()));
  const std::optional<JsonValue> rules = model.Find("voisin");
  return rules ? ReadUnigramRules(*rules, vocabulary) : absl::OkStatus();
}

// Replace is read in its one common use, Regex " {2,}" -> " ".
absl::Status ReadReplace(const JsonValue& normalizer, TokenizerDefinition& definition) {
  ASSIGN_OR_RETURN(JsonValue pattern, normalizer.Field("pattern"));
  ASSIGN_OR_RETURN(JsonValue content_field, normalizer.Field("content"));
  ASSIGN_OR_RETURN(const std::string content, content_field.String());
  const std::optional<JsonValue> regex = pattern.Find("Regex");
  if (!regex) return pattern.Unimplemented("is no Regex, which is not supported");
  ASSIGN_OR_RETURN(const std::string expression, regex->String());
  if (expression != " {2,}" || content != " ")
    return normalizer.Unimplemented("replaces other than runs of spaces");
  definition.normalizer.collapse_spaces = true;
  return absl::OkStatus();
}

absl::Status ReadNormalizer(const JsonValue& normalizer, TokenizerDefinition& definition) {
  ASSIGN_OR_RETURN(const std::string type, ReadType(normalizer));
  if (type == "Replace") return ReadReplace(normalizer, definition);
  if (type != "NFKC" || definition.normalizer.collapse_spaces) {
    return normalizer.Unimplemented(absl::StrCat("of type \"", type, "\" is not supported here"));
  }
  definition.normalizer.nfkc = true;
  return absl::OkStatus();
}

absl::Status ReadMetaspace(const JsonValue& metaspace, TokenizerDefinition& definition) {
  definition.pre_tokenizer.metaspace = true;
  definition.pre_tokenizer.split_words = true;
  ASSIGN_OR_RETURN(JsonValue replacement, metaspace.Field("replacement"));
  ASSIGN_OR_RETURN(const std::string mark, replacement.String());
  if (mark != kMetaspace) return replacement.Unimplemented("is not U+2581");
  RETURN_IF_ERROR(ReadOptional(metaspace, "split", definition.pre_tokenizer.split_words));
  if (const auto rules = metaspace.Find("voisin")) {
    RETURN_IF_ERROR(ReadOptional(*rules, "prepend_to_marked", definition.pre_tokenizer.prepend_to_marked));
  }
  const std::optional<JsonValue> scheme_field = metaspace.Find("prepend_scheme");
  if (!scheme_field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string scheme, scheme_field->String());
  if (scheme == "first") definition.pre_tokenizer.prepend = MetaspacePrepend::first;
  if (scheme == "never") definition.pre_tokenizer.prepend = MetaspacePrepend::never;
  const bool known = scheme == "always" || definition.pre_tokenizer.prepend != MetaspacePrepend::always;
  return known ? absl::OkStatus() : scheme_field->Error("is unknown, expected always, first or never");
}

absl::Status ReadPreTokenizer(const JsonValue& pre_tokenizer, TokenizerDefinition& definition) {
  ASSIGN_OR_RETURN(const std::string type, ReadType(pre_tokenizer));
  if (type == "Metaspace") return ReadMetaspace(pre_tokenizer, definition);
  if (type != "WhitespaceSplit" || definition.pre_tokenizer.metaspace) {
    return pre_tokenizer.Unimplemented(absl::StrCat("of type \"", type, "\" is not supported here"));
  }
  definition.pre_tokenizer.split_white_space = true;
  return absl::OkStatus();
}

// Calls `read` for the part `key` of the document, or for each part of a Sequence of them.
template <typename Read>
absl::Status ReadSequence(const JsonValue& root, std::string_view key, std::string_view members_key,
                          Read read, TokenizerDefinition& definition) {
  const std::optional<JsonValue> part = root.Find(key);
  if (!part) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string type, ReadType(*part));
  if (type != "Sequence") return read(*part, definition);
  ASSIGN_OR_RETURN(JsonValue members, part->Field(members_key));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> elements, members.Elements());
  for (const JsonValue& element : elements) RETURN_IF_ERROR(read(element, definition));
  return absl::OkStatus();
}

absl::Status ReadAddedToken(const JsonValue& entry, TokenizerDefinition& definition) {
  AddedToken token;
  ASSIGN_OR_RETURN(token.id, ReadId(entry, "id", kMaxTokens));
  ASSIGN_OR_RETURN(JsonValue content, entry.Field("content"));
  ASSIGN_OR_RETURN(token.content, content.String());
  if (token.content.empty() || token.content.size() > kMaxPieceBytes) {
    return content.Error(
        absl::StrCat("has ", token.content.size(), " bytes, expected 1 to ", kMaxPieceBytes));
  }
  RETURN_IF_ERROR(RefuseFlag(entry, "single_word"));
  RETURN_IF_ERROR(RefuseFlag(entry, "normalized"));
  RETURN_IF_ERROR(ReadOptional(entry, "lstrip", token.lstrip));
  RETURN_IF_ERROR(ReadOptional(entry, "rstrip", token.rstrip));
  definition.added_tokens.push_back(std::move(token));
  return absl::OkStatus();
}

absl::Status ReadAddedTokens(const JsonValue& root, TokenizerDefinition& definition) {
  const std::optional<JsonValue> field = root.Find("added_tokens");
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, field->Elements());
  const size_t limit = definition.vocabulary.pieces.size() + entries.size();
  for (const JsonValue& entry : entries) {
    RETURN_IF_ERROR(ReadAddedToken(entry, definition));
    RETURN_IF_ERROR(ReadId(entry, "id", limit).status());
  }
  return absl::OkStatus();
}

// Reads post_processor.single: special tokens around the one text.
class TemplateReader {
 public:
  TemplateReader(const JsonValue& post_processor, TokenizerDefinition& definition)
      : post_processor_(post_processor), definition_(definition) {}

  absl::Status Read() {
    ASSIGN_OR_RETURN(JsonValue single, post_processor_.Field("single"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> items, single.Elements());
    for (const JsonValue& item : items) RETURN_IF_ERROR(ReadItem(item));
    return seen_text_ ? absl::OkStatus() : single.Error("has no Sequence");
  }

 private:
  absl::Status ReadItem(const JsonValue& item) {
    if (const auto special = item.Find("SpecialToken")) return ReadSpecial(*special);
    ASSIGN_OR_RETURN(JsonValue sequence, item.Field("Sequence"));
    if (seen_text_) return item.Error("is a second Sequence, expected one");
    seen_text_ = true;
    ASSIGN_OR_RETURN(definition_.text_type_id, ReadId(sequence, "type_id", kMaxTokens));
    return absl::OkStatus();
  }

  absl::Status ReadSpecial(const JsonValue& special) {
    ASSIGN_OR_RETURN(JsonValue name_field, special.Field("id"));
    ASSIGN_OR_RETURN(const std::string name, name_field.String());
    ASSIGN_OR_RETURN(const int32_t type_id, ReadId(special, "type_id", kMaxTokens));
    ASSIGN_OR_RETURN(JsonValue tokens, post_processor_.Field("special_tokens"));
    ASSIGN_OR_RETURN(JsonValue token, tokens.Field(name));
    ASSIGN_OR_RETURN(JsonValue ids_field, token.Field("ids"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> ids, ids_field.Elements());
    const int64_t last_id = static_cast<int64_t>(TokenCount()) - 1;
    for (const JsonValue& id_field : ids) {
      ASSIGN_OR_RETURN(const int64_t id, id_field.Integer(0, last_id));
      (seen_text_ ? definition_.suffix : definition_.prefix).push_back({static_cast<int32_t>(id), type_id});
    }
    return absl::OkStatus();
  }

  size_t TokenCount() const { return definition_.vocabulary.pieces.size() + definition_.added_tokens.size(); }

  const JsonValue& post_processor_;
  TokenizerDefinition& definition_;
  bool seen_text_ = false;
};

absl::Status ReadPostProcessor(const JsonValue& root, TokenizerDefinition& definition) {
  const std::optional<JsonValue> post_processor = root.Find("post_processor");
  if (!post_processor) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string type, ReadType(*post_processor));
  if (type == "TemplateProcessing") return TemplateReader(*post_processor, definition).Read();
  return post_processor->Unimplemented(absl::StrCat("of type \"", type, "\" is not supported"));
}

std::string PiecesText(const UnigramVocabulary& vocabulary) {
  std::string text = "[";
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    absl::StrAppend(&text, id == 0 ? "\n" : ",\n", "      [", JsonQuote(vocabulary.pieces[id]), ", ",
                    JsonNumber(vocabulary.scores[id]), "]");
  }
  return text + "\n    ]";
}

std::string RulesText(const UnigramVocabulary& vocabulary) {
  const auto flag = [](bool on) { return on ? "true" : "false"; };
  return absl::StrCat(
      "{\"reserved_ids\": ", vocabulary.reserved_ids,
      vocabulary.has_unknown_score ? ", \"unknown_score\": " + JsonNumber(vocabulary.unknown_score) : "",
      ", \"unknown_only_without_piece\": ", flag(vocabulary.unknown_only_without_piece),
      ", \"prefer_late_split\": ", flag(vocabulary.prefer_late_split),
      ", \"unset_at_zero\": ", flag(vocabulary.unset_at_zero), "}");
}

std::string NormalizerText(const TokenizerDefinition& definition) {
  std::vector<std::string> parts;
  if (definition.normalizer.nfkc) parts.push_back(R"({"type": "NFKC"})");
  if (definition.normalizer.collapse_spaces) {
    parts.push_back(R"({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})");
  }
  return absl::StrCat(R"({"type": "Sequence", "normalizers": [)", absl::StrJoin(parts, ", "), "]}");
}

std::string_view PrependName(MetaspacePrepend prepend) {
  switch (prepend) {
    case MetaspacePrepend::always:
      return "always";
    case MetaspacePrepend::first:
      return "first";
    case MetaspacePrepend::never:
      return "never";
  }
  return "";
}

std::string MetaspaceText(const TokenizerDefinition& definition) {
  return absl::StrCat(R"({"type": "Metaspace", "replacement": ")", std::string(kMetaspace),
                      R"(", "prepend_scheme": ")", std::string(PrependName(definition.pre_tokenizer.prepend)),
                      R"(", "split": )", definition.pre_tokenizer.split_words ? "true" : "false",
                      R"(, "voisin": {"prepend_to_marked": )",
                      definition.pre_tokenizer.prepend_to_marked ? "true" : "false", "}}");
}

std::string PreTokenizerText(const TokenizerDefinition& definition) {
  std::vector<std::string> parts;
  if (definition.pre_tokenizer.split_white_space) parts.push_back(R"({"type": "WhitespaceSplit"})");
  if (definition.pre_tokenizer.metaspace) parts.push_back(MetaspaceText(definition));
  return absl::StrCat(R"({"type": "Sequence", "pretokenizers": [)", absl::StrJoin(parts, ", "), "]}");
}

}  // namespace

absl::StatusOr<TokenizerDefinition> ParseTokenizerDefinition(std::string_view json, std::string name) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, std::move(name)));
  const JsonValue root = document->root();
  TokenizerDefinition definition;
  RETURN_IF_ERROR(ReadModel(root, definition.vocabulary));
  RETURN_IF_ERROR(ReadSequence(root, "normalizer", "normalizers", ReadNormalizer, definition));
  RETURN_IF_ERROR(ReadSequence(root, "pre_tokenizer", "pretokenizers", ReadPreTokenizer, definition));
  RETURN_IF_ERROR(ReadAddedTokens(root, definition));
  RETURN_IF_ERROR(ReadPostProcessor(root, definition));
  return definition;
}

std::string WriteTokenizerDefinition(const TokenizerDefinition& definition) {
  const UnigramVocabulary& vocabulary = definition.vocabulary;
  return absl::StrCat("{\n  \"version\": \"1.0\",\n  \"normalizer\": ", NormalizerText(definition),
                      ",\n  \"pre_tokenizer\": ", PreTokenizerText(definition),
                      ",\n  \"model\": {\n    \"type\": \"Unigram\",\n    \"unk_id\": ", vocabulary.unk_id,
                      ",\n    \"voisin\": ", RulesText(vocabulary),
                      ",\n    \"vocab\": ", PiecesText(vocabulary), "\n  }\n}\n");
}

}  // namespace voisin::encoder
