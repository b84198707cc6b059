#include "encoder/lower_case.h"

#include <unicode/locid.h>
#include <unicode/unistr.h>

namespace voisin::encoder {

std::string LowerCase(std::string_view text) {
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  std::string lower;
  return icu::UnicodeString::fromUTF8(piece).toLower(icu::Locale::getRoot()).toUTF8String(lower);
}

}  // namespace voisin::encoder
