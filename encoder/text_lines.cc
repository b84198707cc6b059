#include "encoder/text_lines.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "encoder/utf8.h"

namespace voisin::encoder {

bool TextLines::Next() {
  if (rest_.empty()) return false;
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  ++number_;
  return true;
}

absl::Status TextLines::Error(std::string_view problem) const {
  constexpr size_t kMost = 100;
  const std::string begin(line_.substr(0, kMost));
  const std::string shown = CheckUtf8(begin).ok() ? absl::Utf8SafeCEscape(begin) : absl::CEscape(begin);
  return absl::InvalidArgumentError(absl::StrCat(std::string(name_), ":", number_, ": \"", shown,
                                                 line_.size() > kMost ? "...\" " : "\" ",
                                                 std::string(problem)));
}

}  // namespace voisin::encoder
