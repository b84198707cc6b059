#pragma once

namespace voisin::encoder {

// Classes of characters as the Unicode Character Database has them (through ICU), under the names that
// tokenizer definitions use. Where "8.0" stands, they are as that version of Unicode had them, because the Hugging Face
// library has its tables.
bool IsWhiteSpace(char32_t character);       // White_Space
bool IsControl(char32_t character);          // Cc, Cf, Co (8.0); unassigned characters are none
bool IsBertPunctuation(char32_t character);  // P* (8.0), and the ASCII symbols
bool IsLetter(char32_t character);           // L*
bool IsNumber(char32_t character);           // N*
bool IsMark(char32_t character);             // M*
bool IsNonspacingMark(char32_t character);   // Mn (8.0)
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
