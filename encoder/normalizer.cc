#include "encoder/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>

#include <algorithm>
#include <utility>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr size_t kPartBytes = 1024;     // a part ends at the first boundary after this many
constexpr size_t kMaxPartBytes = 2048;  // or here, at any character

ByteSpan Span(size_t begin, size_t end) { return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}; }

void AppendUnchanged(std::string_view text, uint32_t position, NormalizedText& out) {
  out.text.append(text);
  for (size_t i = 0; i < text.size(); ++i) out.source.push_back(Span(position + i, position + i + 1));
}

const icu::Normalizer2* Nfkc() {
  UErrorCode error = U_ZERO_ERROR;
  return icu::Normalizer2::getNFKCInstance(error);  // null when ICU lacks its data
}

icu::StringPiece Piece(std::string_view text) { return {text.data(), static_cast<int32_t>(text.size())}; }

// Bytes of `text` up to a character that nothing before it can touch.
size_t PartLength(std::string_view text, const icu::Normalizer2& nfkc) {
  if (text.size() <= kMaxPartBytes) return text.size();
  size_t at = kPartBytes;
  while ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  while (at < kMaxPartBytes && !nfkc.hasBoundaryBefore(static_cast<UChar32>(DecodeAt(text, at)))) {
    at += Utf8Length(text[at]);
  }
  return at;
}

// Copies what ICU wrote, with the edits it recorded as spans.
void AppendEdited(const std::string& normal, const icu::Edits& edits, uint32_t position,
                  NormalizedText& out) {
  UErrorCode error = U_ZERO_ERROR;
  icu::Edits::Iterator edit = edits.getFineIterator();
  while (edit.next(error)) {
    const auto old_begin = position + static_cast<uint32_t>(edit.sourceIndex());
    const auto old_length = static_cast<uint32_t>(edit.oldLength());
    const std::string_view piece(normal.data() + edit.destinationIndex(),
                                 static_cast<size_t>(edit.newLength()));
    if (edit.hasChange()) {
      out.Append(piece, Span(old_begin, old_begin + old_length));
    } else {
      AppendUnchanged(piece, old_begin, out);
    }
  }
}

void AppendNfkcPart(std::string_view part, uint32_t position, const icu::Normalizer2& nfkc,
                    NormalizedText& out) {
  UErrorCode error = U_ZERO_ERROR;
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal, static_cast<int32_t>(part.size()));
  icu::Edits edits;
  nfkc.normalizeUTF8(0, Piece(part), sink, &edits, error);
  AppendEdited(normal, edits, position, out);
}

void AppendNfkc(std::string_view text, uint32_t position, NormalizedText& out) {
  const icu::Normalizer2* nfkc = Nfkc();
  while (!text.empty()) {
    const size_t length = PartLength(text, *nfkc);
    const std::string_view part = text.substr(0, length);
    if (IsAscii(part)) {
      AppendUnchanged(part, position, out);
    } else {
      AppendNfkcPart(part, position, *nfkc, out);
    }
    text.remove_prefix(length);
    position += static_cast<uint32_t>(length);
  }
}

// Keeps the first space of every run; its span grows over the run.
void CollapseSpaces(NormalizedText& normalized) {
  size_t kept = 0;
  for (size_t i = 0; i < normalized.text.size(); ++i) {
    const bool again = normalized.text[i] == ' ' && kept > 0 && normalized.text[kept - 1] == ' ';
    if (again) {
      normalized.source[kept - 1].end = normalized.source[i].end;
      continue;
    }
    normalized.text[kept] = normalized.text[i];
    normalized.source[kept] = normalized.source[i];
    ++kept;
  }
  normalized.text.resize(kept);
  normalized.source.resize(kept);
}

}  // namespace

NormalizedText Normalize(std::string_view text, uint32_t position, NormalizerOptions options) {
  NormalizedText out;
  out.text.reserve(text.size());
  out.source.reserve(text.size());
  if (!options.nfkc || IsAscii(text)) {
    AppendUnchanged(text, position, out);
  } else {
    AppendNfkc(text, position, out);
  }
  if (options.collapse_spaces) CollapseSpaces(out);
  return out;
}

}  // namespace voisin::encoder
