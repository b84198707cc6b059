#include "encoder/vocab_txt.h"

#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/text_lines.h"
#include "encoder/utf8.h"
#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

absl::Status CheckPiece(const TextLines& lines) {
  const std::string_view piece = lines.line();
  if (piece.empty()) return lines.Error("is empty, expected a token");
  if (piece.size() > kMaxPieceBytes)
    return lines.Error(absl::StrCat("has ", piece.size(), " bytes, expected at most ", kMaxPieceBytes));
  if (!CheckUtf8(piece).ok()) return lines.Error("is not UTF-8");
  if (lines.number() > static_cast<size_t>(kMaxTokens))
    return lines.Error(absl::StrCat("comes behind ", kMaxTokens, " tokens, the most that are read"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseVocabTxt(std::string_view text, std::string_view name) {
  std::vector<std::string> pieces;
  std::unordered_map<std::string_view, size_t> lines_of;
  TextLines lines(text, name);
  while (lines.Next()) {
    RETURN_IF_ERROR(CheckPiece(lines));
    const auto [before, is_new] = lines_of.emplace(lines.line(), lines.number());
    if (!is_new) return lines.Error(absl::StrCat("is also the token of line ", before->second));
    pieces.emplace_back(lines.line());
  }
  if (pieces.empty()) return absl::InvalidArgumentError(std::string(name) + " is empty, expected tokens");
  return pieces;
}

}  // namespace voisin::encoder
