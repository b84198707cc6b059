#pragma once

#include <string>
#include <string_view>

namespace voisin::encoder {

// One word as it is compared: compatibility forms (NFKD) and accents (U+0300 to U+036F) folded, lower case, U+2019 as the
// apostrophe, composed again (NFKC). "Élève" gives "eleve", "ﬁn" gives "fin". Takes UTF-8 of less than 2^31 bytes;
// ill-formed bytes become U+FFFD. Any thread.
void FoldWord(std::string_view word, std::string& folded);

}  // namespace voisin::encoder
