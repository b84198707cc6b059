#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

absl::StatusOr<NormalizerStep> ReadBert(const JsonValue& normalizer) {
  BertNormalizer bert;
  RETURN_IF_ERROR(ReadOptional(normalizer, "clean_text", bert.clean_text));
  RETURN_IF_ERROR(ReadOptional(normalizer, "handle_chinese_chars", bert.handle_chinese_chars));
  RETURN_IF_ERROR(ReadOptional(normalizer, "lowercase", bert.lowercase));
  bert.strip_accents = bert.lowercase;
  RETURN_IF_ERROR(ReadOptional(normalizer, "strip_accents", bert.strip_accents));
  return bert;
}

// A text, or the one regular expression that is common: a run of two spaces or more.
absl::StatusOr<NormalizerStep> ReadReplace(const JsonValue& normalizer) {
  Replace replace;
  ASSIGN_OR_RETURN(JsonValue content, normalizer.Field("content"));
  ASSIGN_OR_RETURN(replace.content, ReadPieceText(content));
  ASSIGN_OR_RETURN(JsonValue pattern, normalizer.Field("pattern"));
  if (const auto regex = pattern.Find("Regex")) {
    ASSIGN_OR_RETURN(const std::string expression, regex->String());
    if (expression != " {2,}")
      return regex->Unimplemented(absl::StrCat("is \"", expression, "\", which is not supported"));
    replace.pattern = " ";
    replace.runs = true;
    return replace;
  }
  ASSIGN_OR_RETURN(JsonValue text, pattern.Field("String"));
  ASSIGN_OR_RETURN(replace.pattern, ReadPieceText(text));
  if (replace.pattern.empty()) return text.Error("is empty");
  return replace;
}

absl::StatusOr<NormalizerStep> ReadPrecompiled(const JsonValue& normalizer) {
  ASSIGN_OR_RETURN(JsonValue field, normalizer.Field("precompiled_charsmap"));
  ASSIGN_OR_RETURN(const std::string text, field.String());
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return field.Error("is not base64");
  auto map = CharacterMap::Parse(bytes);
  if (!map.ok()) return field.Error(absl::StrCat("is no ", std::string(map.status().message())));
  return Precompiled{*std::move(map)};
}

absl::StatusOr<NormalizerStep> ReadStrip(const JsonValue& normalizer) {
  StripSpace strip;
  RETURN_IF_ERROR(ReadOptional(normalizer, "strip_left", strip.left));
  RETURN_IF_ERROR(ReadOptional(normalizer, "strip_right", strip.right));
  return strip;
}

absl::StatusOr<NormalizerStep> ReadPrepend(const JsonValue& normalizer) {
  Prepend prepend;
  ASSIGN_OR_RETURN(JsonValue content, normalizer.Field("prepend"));
  ASSIGN_OR_RETURN(prepend.content, ReadPieceText(content));
  return prepend;
}

absl::StatusOr<NormalizerStep> ReadStep(const JsonValue& normalizer, std::string_view type) {
  if (type == "BertNormalizer") return ReadBert(normalizer);
  if (type == "NFC") return UnicodeForm::nfc;
  if (type == "NFD") return UnicodeForm::nfd;
  if (type == "NFKC") return UnicodeForm::nfkc;
  if (type == "NFKD") return UnicodeForm::nfkd;
  if (type == "Lowercase") return Lowercase{};
  if (type == "StripAccents") return StripAccents{};
  if (type == "Nmt") return Nmt{};
  if (type == "Strip") return ReadStrip(normalizer);
  if (type == "Replace") return ReadReplace(normalizer);
  if (type == "Prepend") return ReadPrepend(normalizer);
  if (type == "Precompiled") return ReadPrecompiled(normalizer);
  return UnknownType(normalizer, type);
}

}  // namespace

absl::Status ReadNormalizer(const JsonValue& normalizer, std::vector<NormalizerStep>& steps) {
  const absl::StatusOr<std::string> type = ReadType(normalizer);
  RETURN_IF_ERROR(type.status());
  if (*type != "Sequence") {
    ASSIGN_OR_RETURN(NormalizerStep step, ReadStep(normalizer, *type));
    steps.push_back(std::move(step));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(JsonValue field, normalizer.Field("normalizers"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> parts, field.Elements());
  for (const JsonValue& part : parts) RETURN_IF_ERROR(ReadNormalizer(part, steps));
  return absl::OkStatus();
}

}  // namespace voisin::encoder
