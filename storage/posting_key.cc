#include "storage/posting_key.h"

#include <bit>
#include <cmath>

#include "base/files.h"
#include "storage/keys.h"

namespace voisin::storage {
namespace {

constexpr char kLive = 2;
constexpr char kName = 1;
constexpr char kAny = 0;
constexpr char kValue = 1;
constexpr char kWhole = 0;
constexpr char kCut = 1;
constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr size_t kChunkBytes = 6;

template <size_t bytes = sizeof(uint64_t)>
void AppendBigEndian(uint64_t number, std::string& out) {
  for (int shift = static_cast<int>(bytes) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(number >> shift)));
  }
}

void AppendEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xff');
  }
}

uint64_t OrderOf(double value) {
  if (std::isnan(value)) return ~uint64_t{0};
  const uint64_t bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}

}  // namespace

std::string LiveTerm() { return {kLive}; }

void AppendName(std::string_view name, std::string& path_term) {
  path_term.push_back(kName);
  AppendEscaped(name, path_term);
  path_term.append(2, '\0');
}

std::optional<std::string> PathTerm(std::span<const std::string> path) {
  std::string term;
  for (const std::string& name : path) AppendName(name, term);
  if (term.size() > kMaxPathBytes) return std::nullopt;
  return term;
}

std::string AnyTerm(std::string_view path_term, PostingType type) {
  std::string term(path_term);
  term.push_back(static_cast<char>(PostingPlace::field));
  term.push_back(kAny);
  term.push_back(static_cast<char>(type));
  return term;
}

std::string ValuePrefix(std::string_view path_term, PostingPlace place, PostingType type) {
  std::string term(path_term);
  term.push_back(static_cast<char>(place));
  term.push_back(kValue);
  term.push_back(static_cast<char>(type));
  return term;
}

std::string BooleanTerm(std::string prefix, bool value) {
  prefix.push_back(static_cast<char>(value));
  return prefix;
}

std::string NumberTerm(std::string prefix, double value) {
  AppendBigEndian(OrderOf(value), prefix);
  return prefix;
}

std::string TimeTerm(std::string prefix, int64_t time_us) {
  AppendBigEndian(static_cast<uint64_t>(time_us) ^ kSignBit, prefix);
  return prefix;
}

std::string StringTerm(std::string prefix, std::string_view value) {
  AppendEscaped(value.substr(0, kMaxStringBytes), prefix);
  prefix.push_back('\0');
  prefix.push_back(value.size() <= kMaxStringBytes ? kWhole : kCut);
  if (value.size() > kMaxStringBytes) AppendBigEndian(Checksum(value), prefix);
  return prefix;
}

std::string StringStart(std::string prefix, std::string_view start) {
  AppendEscaped(start.substr(0, kMaxStringBytes), prefix);
  return prefix;
}

TermRange Beginning(std::string prefix) {
  std::string to = prefix;
  while (to.back() == '\xff') to.pop_back();
  to.back() = static_cast<char>(static_cast<uint8_t>(to.back()) + 1);
  return {std::move(prefix), std::move(to)};
}

std::optional<TermString> DecodeTermString(std::string_view bytes) {
  TermString decoded;
  size_t at = 0;
  for (; at < bytes.size(); ++at) {
    if (bytes[at] != '\0') {
      decoded.text.push_back(bytes[at]);
      continue;
    }
    if (++at == bytes.size()) return std::nullopt;
    if (bytes[at] != '\xff') break;
    decoded.text.push_back('\0');
  }
  if (at >= bytes.size() || decoded.text.size() > kMaxStringBytes) return std::nullopt;
  decoded.whole = bytes[at] == kWhole;
  const size_t hash = decoded.whole ? 0 : sizeof(uint64_t);
  if ((!decoded.whole && bytes[at] != kCut) || bytes.size() - at - 1 != hash) return std::nullopt;
  return decoded;
}

std::string PostingKey(std::string filed, uint64_t chunk) {
  AppendBigEndian<kChunkBytes>(chunk, filed);
  return filed;
}

std::optional<PostingKeyParts> SplitPostingKey(std::string_view key) {
  std::string_view rest = NameOfKey(key);
  if (rest.size() <= kChunkBytes) return std::nullopt;
  PostingKeyParts parts;
  for (const char byte : rest.substr(rest.size() - kChunkBytes)) {
    parts.chunk = (parts.chunk << 8) | static_cast<uint8_t>(byte);
  }
  parts.term = rest.substr(0, rest.size() - kChunkBytes);
  return parts;
}

}  // namespace voisin::storage
