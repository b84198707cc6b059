#pragma once

#include <cstddef>
#include <string_view>

namespace voisin::encoder {

// Where the extended grapheme cluster (UAX #29, rules GB3 to GB13) that begins at byte `at` of `text` ends. `at` is
// itself the beginning of a cluster.
size_t GraphemeEnd(std::string_view text, size_t at);

}  // namespace voisin::encoder
