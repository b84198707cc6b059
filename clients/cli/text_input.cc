#include "clients/cli/text_input.h"

#include <algorithm>
#include <fstream>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/json_value.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/status.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

constexpr size_t kMostReported = 20;

absl::StatusOr<std::string> StringOf(const Json& json, std::string_view key) {
  const Json* text = json.Find(key);
  if (text != nullptr && text->string() != nullptr) return *text->string();
  return absl::InvalidArgumentError(std::string(key) + ": expected a string, got " +
                                    std::string(text == nullptr ? "nothing" : KindOf(*text)));
}

absl::Status AddLine(const LineReader& lines, TextPairs pairs, Texts& texts) {
  if (lines.too_long())
    return absl::InvalidArgumentError(absl::StrCat("longer than ", kLongestRecord, " bytes"));
  ASSIGN_OR_RETURN(const Json json, ParseJson(lines.line()));
  if (json.object() == nullptr) return absl::InvalidArgumentError("expected an object {\"text\": ...}");
  ASSIGN_OR_RETURN(std::string text, StringOf(json, "text"));
  std::optional<std::string> pair;
  if (json.Find("text_pair") != nullptr) {
    if (pairs == TextPairs::refused)
      return absl::InvalidArgumentError("text_pair: pairs are not supported here");
    ASSIGN_OR_RETURN(pair, StringOf(json, "text_pair"));
  }
  texts.values.push_back(std::move(text));
  texts.pairs.push_back(std::move(pair));
  texts.lines.push_back(lines.number());
  return absl::OkStatus();
}

absl::StatusOr<Texts> ReadLines(std::istream& in, TextPairs pairs, std::ostream& err) {
  Texts texts;
  std::vector<TextProblem> problems;
  LineReader lines(in);
  while (lines.Next()) {
    if (!lines.too_long() && lines.line().find_first_not_of(" \t") == std::string::npos) continue;
    const absl::Status status = AddLine(lines, pairs, texts);
    if (!status.ok())
      problems.push_back({absl::StrCat("line ", lines.number()), std::string(MessageOf(status))});
  }
  RETURN_IF_ERROR(Report(problems, err));
  return texts;
}

absl::StatusOr<Texts> TextsOf(const std::vector<std::string>& arguments, std::ostream& err) {
  Texts texts{.values = arguments, .lines = {}, .pairs = {}};
  std::vector<TextProblem> problems;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto bad = FirstIllFormedByte(texts.values[i]);
    if (bad) problems.push_back({texts.Where(i), absl::StrCat("byte ", *bad, " is not UTF-8")});
  }
  RETURN_IF_ERROR(Report(problems, err));
  return texts;
}

}  // namespace

std::string Texts::Where(size_t i) const {
  return lines.empty() ? absl::StrCat("text ", i + 1) : absl::StrCat("line ", lines[i]);
}

absl::Status Report(const std::vector<TextProblem>& problems, std::ostream& err) {
  if (problems.empty()) return absl::OkStatus();
  const size_t shown = std::min(problems.size(), kMostReported);
  for (size_t i = 0; i < shown; ++i)
    err << "voisin: " << problems[i].where << ": " << problems[i].what << "\n";
  if (shown < problems.size()) err << "voisin: and " << problems.size() - shown << " more\n";
  return AlreadyReported();
}

absl::StatusOr<Texts> ReadTexts(const std::vector<std::string>& arguments, const std::string& input,
                                std::istream& in, std::ostream& err, TextPairs pairs) {
  if (arguments.empty() == input.empty())
    return UsageError("expected either texts or --input FILE (- for stdin)");
  if (!arguments.empty()) return TextsOf(arguments, err);
  if (input == "-") return ReadLines(in, pairs, err);
  std::ifstream file(input, std::ios::binary);
  if (!file.is_open()) return absl::NotFoundError(input + ": cannot be opened");
  return ReadLines(file, pairs, err);
}

}  // namespace voisin::cli
