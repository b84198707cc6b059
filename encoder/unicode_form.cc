#include "encoder/unicode_form.h"

#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>

#include <utility>

namespace voisin::encoder {
namespace {

constexpr size_t kPartBytes = 1024;     // a part ends at the first boundary after this many
constexpr size_t kMaxPartBytes = 2048;  // or here, at any character

// Null when ICU lacks its data.
const icu::Normalizer2* Instance(UnicodeForm form) {
  UErrorCode error = U_ZERO_ERROR;
  switch (form) {
    case UnicodeForm::nfc:
      return icu::Normalizer2::getNFCInstance(error);
    case UnicodeForm::nfd:
      return icu::Normalizer2::getNFDInstance(error);
    case UnicodeForm::nfkc:
      return icu::Normalizer2::getNFKCInstance(error);
    case UnicodeForm::nfkd:
      return icu::Normalizer2::getNFKDInstance(error);
  }
  return nullptr;
}

// Bytes of `text` up to a character that nothing before it can touch.
size_t PartLength(std::string_view text, const icu::Normalizer2& form) {
  if (text.size() <= kMaxPartBytes) return text.size();
  size_t at = kPartBytes;
  while ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  while (at < kMaxPartBytes && !form.hasBoundaryBefore(static_cast<UChar32>(DecodeAt(text, at)))) {
    at += Utf8Length(text[at]);
  }
  return at;
}

// Copies what ICU wrote of the part at byte `begin` of `in`, with the edits it recorded as spans.
void AppendEdited(const std::string& normal, const icu::Edits& edits, const NormalizedText& in, size_t begin,
                  NormalizedText& out) {
  UErrorCode error = U_ZERO_ERROR;
  icu::Edits::Iterator edit = edits.getFineIterator();
  while (edit.next(error)) {
    const size_t old_begin = begin + static_cast<size_t>(edit.sourceIndex());
    const size_t old_end = old_begin + static_cast<size_t>(edit.oldLength());
    if (!edit.hasChange()) {
      out.AppendRange(in, old_begin, old_end);
      continue;
    }
    const std::string_view piece(normal.data() + edit.destinationIndex(),
                                 static_cast<size_t>(edit.newLength()));
    out.Append(piece, in.SourceOf(old_begin, old_end));
  }
}

void AppendPart(const NormalizedText& in, size_t begin, size_t length, const icu::Normalizer2& form,
                NormalizedText& out) {
  const std::string_view part = std::string_view(in.text).substr(begin, length);
  if (IsAscii(part)) return out.AppendRange(in, begin, begin + length);
  UErrorCode error = U_ZERO_ERROR;
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal, static_cast<int32_t>(length));
  icu::Edits edits;
  form.normalizeUTF8(0, {part.data(), static_cast<int32_t>(length)}, sink, &edits, error);
  AppendEdited(normal, edits, in, begin, out);
}

}  // namespace

NormalizedText ApplyForm(UnicodeForm form, NormalizedText in) {
  if (IsAscii(in.text)) return in;
  const icu::Normalizer2* instance = Instance(form);
  const std::string_view text = in.text;
  NormalizedText out;
  out.Reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = PartLength(text.substr(at), *instance);
    AppendPart(in, at, length, *instance, out);
    at += length;
  }
  return out;
}

}  // namespace voisin::encoder
