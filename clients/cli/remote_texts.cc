#include "clients/cli/remote_texts.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

constexpr size_t kMostTexts = 256;
constexpr size_t kMostBytes = 4 << 20;

size_t EndOfPart(const Texts& texts, size_t begin) {
  size_t end = begin;
  size_t bytes = 0;
  while (end < texts.size() && end - begin < kMostTexts) {
    bytes += texts.values[end].size();
    if (end > begin && bytes > kMostBytes) break;
    ++end;
  }
  return end;
}

}  // namespace

absl::Status ForEachPart(const Texts& texts, const std::function<absl::Status(TextRange)>& send) {
  for (size_t begin = 0; begin < texts.size();) {
    const size_t end = EndOfPart(texts, begin);
    absl::Status status = send({begin, end});
    if (!status.ok()) {
      const auto named = FindElement(MessageOf(status), "texts");
      if (!named || named->index >= end - begin) return status;
      return Prefixed(texts.Where(begin + named->index), WithMessage(status, named->message));
    }
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status CheckCount(TextRange range, size_t got) {
  if (got == range.end - range.begin) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("expected ", range.end - range.begin, " results from the server, got ", got));
}

}  // namespace voisin::cli
