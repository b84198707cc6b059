#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

using Kind = TemplateItem::Kind;

constexpr size_t kMaxItems = 64;

// Reads the templates of a TemplateProcessing.
class TemplateReader {
 public:
  TemplateReader(const JsonValue& post_processor, size_t token_count)
      : post_processor_(post_processor), token_count_(token_count) {}

  // With the given texts in it, each once.
  absl::Status Read(std::string_view key, int texts, Template& result) {
    ASSIGN_OR_RETURN(JsonValue field, post_processor_.Field(key));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> items, field.Elements());
    if (items.size() > kMaxItems)
      return field.Error(absl::StrCat("has ", items.size(), " items, expected at most ", kMaxItems));
    result.clear();
    for (const JsonValue& item : items) RETURN_IF_ERROR(ReadItem(item, result));
    return CheckTexts(field, result, texts);
  }

 private:
  static absl::Status CheckTexts(const JsonValue& field, const Template& result, int texts) {
    int first = 0;
    int second = 0;
    for (const TemplateItem& item : result) {
      first += item.kind == Kind::first_text;
      second += item.kind == Kind::second_text;
    }
    if (first == 1 && second == texts - 1) return absl::OkStatus();
    return field.Error(absl::StrCat("has Sequence A ", first, " times and B ", second,
                                    " times, expected 1 and ", texts - 1));
  }

  absl::Status ReadItem(const JsonValue& item, Template& result) {
    if (const auto special = item.Find("SpecialToken")) return ReadSpecial(*special, result);
    ASSIGN_OR_RETURN(JsonValue sequence, item.Field("Sequence"));
    ASSIGN_OR_RETURN(JsonValue id, sequence.Field("id"));
    const absl::StatusOr<std::string> name = id.String();
    RETURN_IF_ERROR(name.status());
    if (*name != "A" && *name != "B") return id.Error("is unknown, expected A or B");
    ASSIGN_OR_RETURN(const int32_t type_id, ReadId(sequence, "type_id", kMaxTokens));
    result.push_back({*name == "A" ? Kind::first_text : Kind::second_text, 0, type_id});
    return absl::OkStatus();
  }

  absl::Status ReadSpecial(const JsonValue& special, Template& result) {
    ASSIGN_OR_RETURN(JsonValue name_field, special.Field("id"));
    ASSIGN_OR_RETURN(const std::string name, name_field.String());
    ASSIGN_OR_RETURN(const int32_t type_id, ReadId(special, "type_id", kMaxTokens));
    ASSIGN_OR_RETURN(JsonValue tokens, post_processor_.Field("special_tokens"));
    ASSIGN_OR_RETURN(JsonValue token, tokens.Field(name));
    ASSIGN_OR_RETURN(JsonValue ids_field, token.Field("ids"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> ids, ids_field.Elements());
    if (ids.size() > kMaxItems)
      return ids_field.Error(absl::StrCat("has ", ids.size(), " ids, expected at most ", kMaxItems));
    for (const JsonValue& id_field : ids) {
      ASSIGN_OR_RETURN(const int64_t id, id_field.Integer(0, static_cast<int64_t>(token_count_) - 1));
      result.push_back({Kind::token, static_cast<int32_t>(id), type_id});
    }
    return absl::OkStatus();
  }

  const JsonValue& post_processor_;
  const size_t token_count_;
};

absl::Status ReadTemplates(const JsonValue& object, size_t token_count, PostProcessor& result) {
  TemplateReader reader(object, token_count);
  RETURN_IF_ERROR(reader.Read("single", 1, result.single));
  return object.Find("pair") ? reader.Read("pair", 2, result.pair) : absl::OkStatus();
}

// ["[SEP]", 102]
absl::StatusOr<int32_t> ReadNamedToken(const JsonValue& object, std::string_view key, size_t token_count) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field(key));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> pair, field.Elements());
  if (pair.size() != 2)
    return field.Error(absl::StrCat("has ", pair.size(), " elements, expected token and id"));
  ASSIGN_OR_RETURN(const int64_t id, pair[1].Integer(0, static_cast<int64_t>(token_count) - 1));
  return static_cast<int32_t>(id);
}

absl::Status ReadNamedTokens(const JsonValue& object, size_t token_count, bool roberta,
                             PostProcessor& result) {
  ASSIGN_OR_RETURN(const int32_t cls, ReadNamedToken(object, "cls", token_count));
  ASSIGN_OR_RETURN(const int32_t sep, ReadNamedToken(object, "sep", token_count));
  if (!roberta) {
    SetBertTemplates(cls, sep, result);
    return absl::OkStatus();
  }
  SetRobertaTemplates(cls, sep, result);
  result.trim_offsets = true;
  return ReadOptional(object, "trim_offsets", result.trim_offsets);
}

absl::Status ReadSequence(const JsonValue& object, size_t token_count, PostProcessor& result) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field("processors"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> parts, field.Elements());
  for (const JsonValue& part : parts) RETURN_IF_ERROR(ReadPostProcessor(part, token_count, result));
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadPostProcessor(const JsonValue& object, size_t token_count, PostProcessor& result) {
  ASSIGN_OR_RETURN(const std::string type, ReadType(object));
  if (type == "TemplateProcessing") return ReadTemplates(object, token_count, result);
  if (type == "BertProcessing") return ReadNamedTokens(object, token_count, /*roberta=*/false, result);
  if (type == "RobertaProcessing") return ReadNamedTokens(object, token_count, /*roberta=*/true, result);
  if (type == "Sequence") return ReadSequence(object, token_count, result);
  if (type != "ByteLevel") return UnknownType(object, type);
  bool trim = true;
  RETURN_IF_ERROR(ReadOptional(object, "trim_offsets", trim));
  result.trim_offsets |= trim;
  return absl::OkStatus();
}

}  // namespace voisin::encoder
