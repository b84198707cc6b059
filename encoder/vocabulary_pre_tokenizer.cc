#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kCl100k =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

using Steps = std::vector<PreTokenizerStep>;

absl::Status ReadBehavior(const JsonValue& object, SplitBehavior& behavior) {
  const std::optional<JsonValue> field = object.Find("behavior");
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string name, field->String());
  const std::pair<std::string_view, SplitBehavior> names[] = {
      {"Removed", SplitBehavior::removed},
      {"Isolated", SplitBehavior::isolated},
      {"MergedWithPrevious", SplitBehavior::merged_with_previous},
      {"MergedWithNext", SplitBehavior::merged_with_next},
      {"Contiguous", SplitBehavior::contiguous}};
  for (const auto& [known, value] : names) {
    if (name != known) continue;
    behavior = value;
    return absl::OkStatus();
  }
  return field->Error(absl::StrCat("is \"", name, "\", expected a behavior"));
}

absl::StatusOr<MetaspacePrepend> ReadScheme(const JsonValue& metaspace) {
  bool prefix_space = true;  // how older files say it
  RETURN_IF_ERROR(ReadOptional(metaspace, "add_prefix_space", prefix_space));
  const std::optional<JsonValue> field = metaspace.Find("prepend_scheme");
  if (!field) return prefix_space ? MetaspacePrepend::always : MetaspacePrepend::never;
  ASSIGN_OR_RETURN(const std::string scheme, field->String());
  if (scheme == "always") return MetaspacePrepend::always;
  if (scheme == "first") return MetaspacePrepend::first;
  if (scheme == "never") return MetaspacePrepend::never;
  return field->Error("is unknown, expected always, first or never");
}

absl::Status ReadMetaspace(const JsonValue& object, Steps& steps) {
  Metaspace metaspace;
  ASSIGN_OR_RETURN(JsonValue replacement, object.Field("replacement"));
  ASSIGN_OR_RETURN(metaspace.replacement, ReadPieceText(replacement));
  if (metaspace.replacement.empty()) return replacement.Error("is empty");
  ASSIGN_OR_RETURN(metaspace.prepend, ReadScheme(object));
  RETURN_IF_ERROR(ReadOptional(object, "split", metaspace.split));
  if (const auto rules = object.Find("voisin"))
    RETURN_IF_ERROR(ReadOptional(*rules, "prepend_to_marked", metaspace.prepend_to_marked));
  steps.push_back(std::move(metaspace));
  return absl::OkStatus();
}

absl::Status ReadByteLevel(const JsonValue& object, Steps& steps) {
  bool prefix_space = true;
  bool use_regex = true;
  RETURN_IF_ERROR(ReadOptional(object, "add_prefix_space", prefix_space));
  RETURN_IF_ERROR(ReadOptional(object, "use_regex", use_regex));
  if (prefix_space) steps.push_back(PrefixSpace{});
  if (use_regex) steps.push_back(BytePattern::gpt2);
  return absl::OkStatus();
}

// An expression that matches all of a text, so the matches are the words.
absl::Status ReadRegexSplit(const JsonValue& object, const JsonValue& regex, bool invert,
                            SplitBehavior behavior, Steps& steps) {
  ASSIGN_OR_RETURN(const std::string expression, regex.String());
  if (behavior != (invert ? SplitBehavior::removed : SplitBehavior::isolated))
    return object.Unimplemented("has a Regex with a behavior that is not supported");
  if (expression == kGpt2) {
    steps.push_back(BytePattern::gpt2);
  } else if (expression == kCl100k) {
    steps.push_back(BytePattern::cl100k);
  } else if (expression == kQwen2) {
    steps.push_back(BytePattern::qwen2);
  } else {
    return regex.Unimplemented(absl::StrCat("is \"", expression, "\", which is not supported"));
  }
  return absl::OkStatus();
}

absl::Status ReadSplit(const JsonValue& object, Steps& steps) {
  LiteralSplit split;
  bool invert = false;
  RETURN_IF_ERROR(ReadBehavior(object, split.behavior));
  RETURN_IF_ERROR(ReadOptional(object, "invert", invert));
  ASSIGN_OR_RETURN(JsonValue pattern, object.Field("pattern"));
  if (const auto regex = pattern.Find("Regex"))
    return ReadRegexSplit(object, *regex, invert, split.behavior, steps);
  if (invert) return object.Unimplemented("inverts a String, which is not supported");
  ASSIGN_OR_RETURN(JsonValue text, pattern.Field("String"));
  ASSIGN_OR_RETURN(split.pattern, ReadPieceText(text));
  if (split.pattern.empty()) return text.Error("is empty");
  steps.push_back(std::move(split));
  return absl::OkStatus();
}

absl::Status ReadDelimiter(const JsonValue& object, Steps& steps) {
  LiteralSplit split;
  ASSIGN_OR_RETURN(JsonValue delimiter, object.Field("delimiter"));
  ASSIGN_OR_RETURN(split.pattern, ReadPieceText(delimiter));
  if (split.pattern.empty()) return delimiter.Error("is empty");
  steps.push_back(std::move(split));
  return absl::OkStatus();
}

absl::Status ReadPunctuation(const JsonValue& object, Steps& steps) {
  PunctuationSplit split;
  RETURN_IF_ERROR(ReadBehavior(object, split.behavior));
  steps.push_back(split);
  return absl::OkStatus();
}

absl::Status ReadDigits(const JsonValue& object, Steps& steps) {
  DigitSplit split;
  RETURN_IF_ERROR(ReadOptional(object, "individual_digits", split.individual_digits));
  steps.push_back(split);
  return absl::OkStatus();
}

absl::Status ReadSequence(const JsonValue& object, Steps& steps) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field("pretokenizers"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> parts, field.Elements());
  for (const JsonValue& part : parts) RETURN_IF_ERROR(ReadPreTokenizer(part, steps));
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadPreTokenizer(const JsonValue& object, Steps& steps) {
  ASSIGN_OR_RETURN(const std::string type, ReadType(object));
  const std::pair<std::string_view, PreTokenizerStep> plain[] = {{"WhitespaceSplit", WhitespaceSplit{}},
                                                                 {"Whitespace", WordRuns{}},
                                                                 {"BertPreTokenizer", BertPreTokenizer{}}};
  for (const auto& [name, step] : plain) {
    if (type != name) continue;
    steps.push_back(step);
    return absl::OkStatus();
  }
  using Reader = absl::Status (*)(const JsonValue&, Steps&);
  const std::pair<std::string_view, Reader> readers[] = {{"Sequence", ReadSequence},
                                                         {"Metaspace", ReadMetaspace},
                                                         {"ByteLevel", ReadByteLevel},
                                                         {"Split", ReadSplit},
                                                         {"Digits", ReadDigits},
                                                         {"Punctuation", ReadPunctuation},
                                                         {"CharDelimiterSplit", ReadDelimiter}};
  for (const auto& [name, read] : readers) {
    if (type == name) return read(object, steps);
  }
  return UnknownType(object, type);
}

}  // namespace voisin::encoder
