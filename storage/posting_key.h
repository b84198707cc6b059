#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/document.h"

namespace voisin::storage {

// What the rows of the table `postings` are filed under. Numbers are big-endian and strings are escaped, so
// that the order of bytes is the order of values and a range of values is a range of keys:
//   posting-key = collection term chunk
//   term        = %x02                              every live document
//               / path place %x00 type              has any value of the type there
//               / path place %x01 type value        has this value there
//   path        = 1*( %x01 escaped %x00 %x00 )      names from the outermost, at most kMaxPathBytes together
//   place       = %x10 / %x11                       the field itself / an element of the list in the field
//   type        = %x01 null / %x02 boolean / %x03 number / %x04 string / %x05 time / %x06 list / %x07 object
//   value       = 1 OCTET                           boolean: 0 or 1
//               / 8 OCTETs                          number: bits of the double, its sign bit inverted, all inverted
//                                                   when it is negative; -0 as 0; all ones for what is no number
//               / 8 OCTETs                          time: microseconds since 1970, sign bit inverted
//               / escaped %x00 %x00                 string of at most kMaxStringBytes
//               / escaped %x00 %x01 8 OCTETs        longer: its first kMaxStringBytes, XXH3-64 of the whole
//               / ""                                null, of an element
//   escaped     = *( %x01-ff / %x00 %xff )
//   chunk       = 6 OCTETs                          point / 65536
// A string that is a timestamp is filed as a time as well. Elements have no rows of %x00; lists and objects
// have no rows of %x01, and inside a list none at all.
enum class PostingType : uint8_t { null = 1, boolean, number, string, time, list, object };
enum class PostingPlace : uint8_t { field = 0x10, element = 0x11 };

inline constexpr size_t kMaxPathBytes = 1024;
inline constexpr size_t kMaxStringBytes = 128;
inline constexpr int kChunkBits = 16;

// Terms from <= term < to.
struct TermRange {
  std::string from;
  std::string to;
};

std::string LiveTerm();
// Nothing when the path is longer than terms may hold: such fields have none.
std::optional<std::string> PathTerm(std::span<const std::string> path);
void AppendName(std::string_view name, std::string& path_term);
std::string AnyTerm(std::string_view path_term, PostingType type);
// What all terms of values of the type begin with.
std::string ValuePrefix(std::string_view path_term, PostingPlace place, PostingType type);
std::string BooleanTerm(std::string prefix, bool value);
std::string NumberTerm(std::string prefix, double value);
std::string TimeTerm(std::string prefix, int64_t time_us);
std::string StringTerm(std::string prefix, std::string_view value);
// Below StringTerm of each string that begins with `start`, and of no other where `start` is not longer than
// kMaxStringBytes.
std::string StringStart(std::string prefix, std::string_view start);

// All terms that begin with `prefix`, which is not empty and not all %xff; of a whole term itself alone, since no term
// begins another. The same range holds of keys.
TermRange Beginning(std::string prefix);

// The string of a term without its prefix; nothing when the bytes are no string.
struct TermString {
  std::string text;    // its first kMaxStringBytes when it is longer
  bool whole = false;  // false: it is longer
};
std::optional<TermString> DecodeTermString(std::string_view bytes);

// `filed` is a collection and a term.
std::string PostingKey(std::string filed, uint64_t chunk);
struct PostingKeyParts {
  std::string_view term;
  uint64_t chunk = 0;
};
// Of a key of the table, valid as long as it; nothing when it is too short.
std::optional<PostingKeyParts> SplitPostingKey(std::string_view key);

// The terms of a live document with this metadata, each once, in no order.
std::vector<std::string> TermsOf(const Object& metadata);

}  // namespace voisin::storage
