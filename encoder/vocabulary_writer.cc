#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "encoder/json.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {
namespace {

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
  for (const NormalizerStep& step : definition.normalizer) {
    if (std::holds_alternative<Replace>(step)) {
      parts.push_back(R"({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})");
    } else {
      parts.push_back(R"({"type": "NFKC"})");
    }
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

std::string MetaspaceText(const Metaspace& metaspace) {
  return absl::StrCat(R"({"type": "Metaspace", "replacement": )", JsonQuote(metaspace.replacement),
                      R"(, "prepend_scheme": ")", std::string(PrependName(metaspace.prepend)),
                      R"(", "split": )", metaspace.split ? "true" : "false",
                      R"(, "voisin": {"prepend_to_marked": )", metaspace.prepend_to_marked ? "true" : "false",
                      "}}");
}

std::string PreTokenizerText(const TokenizerDefinition& definition) {
  std::vector<std::string> parts;
  for (const PreTokenizerStep& step : definition.pre_tokenizer) {
    const Metaspace* const metaspace = std::get_if<Metaspace>(&step);
    parts.push_back(metaspace != nullptr ? MetaspaceText(*metaspace) : R"({"type": "WhitespaceSplit"})");
  }
  return absl::StrCat(R"({"type": "Sequence", "pretokenizers": [)", absl::StrJoin(parts, ", "), "]}");
}

}  // namespace

std::string WriteTokenizerDefinition(const TokenizerDefinition& definition) {
  const auto& vocabulary = std::get<UnigramVocabulary>(definition.model);
  return absl::StrCat("{\n  \"version\": \"1.0\",\n  \"normalizer\": ", NormalizerText(definition),
                      ",\n  \"pre_tokenizer\": ", PreTokenizerText(definition),
                      ",\n  \"model\": {\n    \"type\": \"Unigram\",\n    \"unk_id\": ", vocabulary.unk_id,
                      ",\n    \"voisin\": ", RulesText(vocabulary),
                      ",\n    \"vocab\": ", PiecesText(vocabulary), "\n  }\n}\n");
}

}  // namespace voisin::encoder
