#include "encoder/characters.h"

#include <unicode/uchar.h>

namespace voisin::encoder {
namespace {

constexpr char32_t kAsciiEnd = 0x80;

bool HasCategory(char32_t character, uint32_t mask) {
  return (U_GET_GC_MASK(static_cast<UChar32>(character)) & mask) != 0;
}

bool IsOfUnicode8(char32_t character) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(character), age);
  return age[0] <= 8;
}

bool IsAsciiSymbol(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

}  // namespace

bool IsWhiteSpace(char32_t character) {
  if (character < kAsciiEnd) return character == ' ' || (character >= '\t' && character <= '\r');
  return u_isUWhiteSpace(static_cast<UChar32>(character)) != 0;
}

bool IsControl(char32_t character) {
  return HasCategory(character, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK) && IsOfUnicode8(character);
}

bool IsBertPunctuation(char32_t character) {
  if (character < kAsciiEnd) return IsAsciiSymbol(character);
  if (character == 0x166d || character == 0x111c9) return true;  // other categories since
  return HasCategory(character, U_GC_P_MASK) && IsOfUnicode8(character);
}

bool IsLetter(char32_t character) { return HasCategory(character, U_GC_L_MASK); }
bool IsNumber(char32_t character) { return HasCategory(character, U_GC_N_MASK); }
bool IsMark(char32_t character) { return HasCategory(character, U_GC_M_MASK); }

bool IsNonspacingMark(char32_t character) {
  if (character == 0x1734) return true;  // these had another category in 8.0
  if (character == 0x1885 || character == 0x1886 || character == 0xa9bd || character == 0x111c9) return false;
  return HasCategory(character, U_GC_MN_MASK) && IsOfUnicode8(character);
}

bool IsWordCharacter(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  return HasCategory(character, U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK) ||
         u_hasBinaryProperty(c, UCHAR_ALPHABETIC) != 0 || u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) != 0;
}

bool IsCjkIdeograph(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
         (c >= 0x2a700 && c <= 0x2b73f) || (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

char32_t SimpleLowerCase(char32_t character) {
  if (character < kAsciiEnd) return character >= 'A' && character <= 'Z' ? character + 32 : character;
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(character)));
}

}  // namespace voisin::encoder
