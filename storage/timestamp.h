#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace voisin::storage {

// Microseconds since 1970 of an RFC 3339 date-time, such as 2020-02-29T12:00:00.25+01:00 or
// 2020-02-29T11:00:00Z; nothing for any other text. Fractions beyond microseconds are cut off; second 60 is
// the first of the next minute.
std::optional<int64_t> ParseTimestamp(std::string_view text);

}  // namespace voisin::storage
