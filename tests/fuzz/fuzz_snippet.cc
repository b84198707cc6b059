// The first line as a query, the rest as a text: the passage is a part of the text, not too long, of whole characters, and so
// are its highlights and the pieces that a pack takes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/thread_pool.h"
#include "service/snippet.h"
#include "service/text_pieces.h"
#include "service/utf8.h"

namespace {

using voisin::service::FindInvalidUtf8;

constexpr uint32_t kMaxBytes = 48;

void Require(bool condition) {
  if (!condition) abort();
}

void CheckPieces(std::string_view text, const voisin::service::TextBreaks& breaks) {
  uint32_t behind = 0;
  for (const auto& piece : voisin::service::CutIntoPieces(text, kMaxBytes, breaks)) {
    for (const auto sentence : piece) {
      Require(sentence.begin >= behind && sentence.begin < sentence.end && sentence.end <= text.size());
      Require(!FindInvalidUtf8(text.substr(sentence.begin, sentence.end - sentence.begin)));
      behind = sentence.end;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static voisin::ThreadPool pool{{}};
  static const auto index = std::move(voisin::index::LexicalIndex::Open({}, &pool)->index);
  static voisin::encoder::WordAnalyzers analyzers;
  static const auto& analyzer = **analyzers.ForLanguage("en");
  static const auto breaks = *voisin::service::TextBreaks::Create();
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  if (FindInvalidUtf8(all)) return 0;
  const std::string_view query = all.substr(0, all.find('\n'));
  const std::string_view text = all.substr(std::min(all.size(), query.size() + 1));
  const auto snippet = voisin::service::MakeSnippet(text, {query, analyzer, *index}, kMaxBytes, breaks);
  Require(snippet.text.size() <= kMaxBytes && !FindInvalidUtf8(snippet.text));
  Require(text.substr(std::min<size_t>(snippet.offset, text.size()), snippet.text.size()) == snippet.text);
  uint32_t behind = 0;
  for (const auto highlight : snippet.highlights) {
    Require(highlight.begin >= behind && highlight.begin < highlight.end &&
            highlight.end <= snippet.text.size());
    Require(!FindInvalidUtf8(snippet.text.substr(highlight.begin, highlight.end - highlight.begin)));
    behind = highlight.end;
  }
  CheckPieces(text, breaks);
  return 0;
}
