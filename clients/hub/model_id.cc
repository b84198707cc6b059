#include "clients/hub/model_id.h"

#include <algorithm>

namespace voisin::hub {
namespace {

constexpr size_t kMostNameBytes = 96;
constexpr size_t kMostRevisionBytes = 128;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsNameChar(char c) { return IsAlphanumeric(c) || c == '_' || c == '-' || c == '.'; }
bool IsRevisionChar(char c) { return IsNameChar(c) || c == '/'; }

bool IsGood(std::string_view text, size_t most, bool (*is_char)(char)) {
  return !text.empty() && text.size() <= most && IsAlphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), is_char) && text.find("..") == std::string_view::npos;
}

}  // namespace

absl::StatusOr<ModelId> ParseModelId(std::string_view text) {
  ModelId id;
  const size_t at = text.find('@');
  const std::string_view repository = text.substr(0, at);
  if (at != std::string_view::npos) id.revision = text.substr(at + 1);
  const size_t slash = repository.find('/');
  if (slash != std::string_view::npos) {
    id.owner = repository.substr(0, slash);
    id.name = repository.substr(slash + 1);
  }
  const bool good = IsGood(id.owner, kMostNameBytes, IsNameChar) &&
                    IsGood(id.name, kMostNameBytes, IsNameChar) &&
                    IsGood(id.revision, kMostRevisionBytes, IsRevisionChar);
  if (good) return id;
  return absl::InvalidArgumentError(
      "expected OWNER/NAME or OWNER/NAME@REVISION of letters, digits, '_', '-' and '.', got \"" +
      std::string(text) + "\"");
}

}  // namespace voisin::hub
