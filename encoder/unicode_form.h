#pragma once

#include "encoder/normalized_text.h"

namespace voisin::encoder {

enum class UnicodeForm { nfc, nfd, nfkc, nfkd };  // UAX #15

// The normal form of `in`, which is valid UTF-8 of less than 2^31 bytes, as ICU has it. Linear in the length of the
// text: a run of more than 1,024 bytes of characters that could compose or reorder with each other is normalised in
// parts.
NormalizedText ApplyForm(UnicodeForm form, NormalizedText in);

}  // namespace voisin::encoder
