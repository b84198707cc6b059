#pragma once

#include <string>
#include <string_view>

namespace voisin::encoder {

// Unicode's full lower-case mapping, of no language in particular (a final sigma as in Greek words). Takes UTF-8;
// ill-formed bytes become U+FFFD.
std::string LowerCase(std::string_view text);

}  // namespace voisin::encoder
