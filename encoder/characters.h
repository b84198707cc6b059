#pragma once

namespace voisin::encoder {

// Classes of characters as the Unicode Character Database has them (through ICU), under the names that
// tokenizer definitions use.
bool IsWhiteSpace(char32_t character);       // White_Space
bool IsControl(char32_t character);          // Cc, Cf, Co; unassigned characters are none
bool IsBertPunctuation(char32_t character);  // P*, and the ASCII symbols
bool IsLetter(char32_t character);           // L*
bool IsNumber(char32_t character);           // N*
bool IsMark(char32_t character);             // M*
bool IsNonspacingMark(char32_t character);   // Mn
bool IsWordCharacter(char32_t character);    // \w: Alphabetic, M*, Nd, Pc, Join_Control
bool IsCjkIdeograph(char32_t character);     // the blocks that BERT isolates

// Calls emit(character) for each character of the full lower case, context aside.
template <typename Emit>
void EmitLowerCase(char32_t character, Emit emit);

char32_t SimpleLowerCase(char32_t character);

template <typename Emit>
void EmitLowerCase(char32_t character, Emit emit) {
  constexpr char32_t kCapitalIWithDot = 0x130;  // the only one with two characters
  if (character == kCapitalIWithDot) {
    emit(U'i');
    emit(char32_t{0x307});
    return;
  }
  emit(SimpleLowerCase(character));
}

}  // namespace voisin::encoder
