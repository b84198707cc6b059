#include "encoder/vocabulary.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

absl::StatusOr<AddedToken> ReadAddedToken(const JsonValue& entry) {
  ASSIGN_OR_RETURN(const int32_t id, ReadId(entry, "id", kMaxTokens));
  ASSIGN_OR_RETURN(AddedToken token, ReadTokenContent(entry));
  token.id = id;
  return token;
}

absl::Status ReadModelAndTokens(const JsonValue& root, TokenizerDefinition& definition) {
  const std::optional<JsonValue> added = root.Find("added_tokens");
  if (added) {
    ASSIGN_OR_RETURN(definition.added_tokens, ReadAddedTokens(*added));
  }
  ASSIGN_OR_RETURN(JsonValue model, root.Field("model"));
  ASSIGN_OR_RETURN(definition.model, ReadModel(model, definition.added_tokens));
  const std::string problem = AddedTokenProblem(definition);
  return problem.empty() ? absl::OkStatus() : added->Error(problem);
}

size_t TokenCount(const TokenizerDefinition& definition) {
  size_t count = PiecesOf(definition.model).size();
  for (const AddedToken& token : definition.added_tokens)
    count = std::max(count, static_cast<size_t>(token.id) + 1);
  return count;
}

// Byte-level pre-tokenisation makes sense with BPE alone, and only at the end: its words are bytes.
absl::Status MarkByteLevel(const JsonValue& root, TokenizerDefinition& definition) {
  const std::optional<JsonValue> pre_tokenizer = root.Find("pre_tokenizer");
  if (!pre_tokenizer) return absl::OkStatus();
  std::vector<JsonValue> parts = {*pre_tokenizer};
  if (const auto sequence = pre_tokenizer->Find("pretokenizers")) {
    ASSIGN_OR_RETURN(parts, sequence->Elements());
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string type, ReadType(parts[i]));
    if (type != "ByteLevel") continue;
    BpeVocabulary* const bpe = std::get_if<BpeVocabulary>(&definition.model);
    if (bpe == nullptr) return parts[i].Unimplemented("is ByteLevel before a model that is not BPE");
    if (i + 1 < parts.size()) return parts[i].Unimplemented("is ByteLevel and not the last step");
    bpe->byte_level = true;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<AddedToken>> ReadAddedTokens(const JsonValue& added_tokens) {
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, added_tokens.Elements());
  std::vector<AddedToken> tokens;
  for (const JsonValue& entry : entries) {
    ASSIGN_OR_RETURN(AddedToken token, ReadAddedToken(entry));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

absl::StatusOr<AddedToken> ReadTokenContent(const JsonValue& entry) {
  AddedToken token;
  ASSIGN_OR_RETURN(JsonValue content, entry.Field("content"));
  ASSIGN_OR_RETURN(token.content, ReadPieceText(content));
  RETURN_IF_ERROR(ReadOptional(entry, "single_word", token.single_word));
  RETURN_IF_ERROR(ReadOptional(entry, "lstrip", token.lstrip));
  RETURN_IF_ERROR(ReadOptional(entry, "rstrip", token.rstrip));
  RETURN_IF_ERROR(ReadOptional(entry, "normalized", token.normalized));
  return token;
}

std::string AddedTokenProblem(const TokenizerDefinition& definition) {
  const std::vector<std::string>& pieces = PiecesOf(definition.model);
  std::vector<int32_t> behind;
  for (const AddedToken& token : definition.added_tokens) {
    const auto id = static_cast<size_t>(token.id);
    if (id >= pieces.size()) behind.push_back(token.id);
    if (id < pieces.size() && pieces[id] != token.content) {
      return absl::StrCat("gives \"", token.content, "\" the id ", id, ", which is that of \"", pieces[id],
                          "\"");
    }
  }
  std::sort(behind.begin(), behind.end());
  for (size_t i = 0; i < behind.size(); ++i) {
    const auto expected = static_cast<int32_t>(pieces.size() + i);
    if (behind[i] != expected)
      return absl::StrCat("has id ", behind[i], ", expected ", expected, " after the ids before it");
  }
  return {};
}

absl::StatusOr<std::string> ReadType(const JsonValue& object) {
  ASSIGN_OR_RETURN(JsonValue type, object.Field("type"));
  return type.String();
}

absl::Status UnknownType(const JsonValue& object, std::string_view type) {
  return object.Unimplemented(std::string("of type \"").append(type).append("\" is not supported"));
}

absl::Status ReadOptionalPiece(const JsonValue& object, std::string_view key, std::string& value) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(value, ReadPieceText(*field));
  return absl::OkStatus();
}

absl::StatusOr<int32_t> ReadId(const JsonValue& object, std::string_view key, size_t limit) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field(key));
  ASSIGN_OR_RETURN(const int64_t id, field.Integer(0, static_cast<int64_t>(limit) - 1));
  return static_cast<int32_t>(id);
}

absl::StatusOr<std::string> ReadPieceText(const JsonValue& text) {
  ASSIGN_OR_RETURN(std::string piece, text.String());
  if (piece.size() <= kMaxPieceBytes) return piece;
  return text.Error(absl::StrCat("has ", piece.size(), " bytes, expected at most ", kMaxPieceBytes));
}

absl::StatusOr<TokenizerDefinition> ParseTokenizerDefinition(std::string_view json, std::string name) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, std::move(name)));
  const JsonValue root = document->root();
  TokenizerDefinition definition;
  RETURN_IF_ERROR(ReadModelAndTokens(root, definition));
  if (const auto normalizer = root.Find("normalizer"))
    RETURN_IF_ERROR(ReadNormalizer(*normalizer, definition.normalizer));
  if (const auto pre_tokenizer = root.Find("pre_tokenizer"))
    RETURN_IF_ERROR(ReadPreTokenizer(*pre_tokenizer, definition.pre_tokenizer));
  RETURN_IF_ERROR(MarkByteLevel(root, definition));
  if (const auto post_processor = root.Find("post_processor"))
    RETURN_IF_ERROR(ReadPostProcessor(*post_processor, TokenCount(definition), definition.post_processor));
  return definition;
}

}  // namespace voisin::encoder
