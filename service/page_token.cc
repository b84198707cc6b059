#include "service/page_token.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "base/files.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr size_t kSealBytes = sizeof(uint64_t);

// Binds a position to its query: a checksum over version, collection, filter and position.
std::string Seal(storage::CollectionNumber collection, std::string_view filter, std::string_view after) {
  std::string bytes =
      "page token 1 " + std::to_string(collection) + " " + std::to_string(filter.size()) + " ";
  bytes += filter;
  bytes += after;
  const uint64_t checksum = Checksum(bytes);
  std::string seal(kSealBytes, '\0');
  std::memcpy(seal.data(), &checksum, kSealBytes);
  return seal;
}

}  // namespace

std::string MakePageToken(storage::CollectionNumber collection, std::string_view filter,
                          std::string_view after) {
  return absl::WebSafeBase64Escape(Seal(collection, filter, after) + std::string(after));
}

absl::StatusOr<std::string> ReadPageToken(std::string_view token, storage::CollectionNumber collection,
                                          std::string_view filter) {
  std::string bytes;
  const bool decoded = absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.size()), &bytes);
  if (decoded && bytes.size() > kSealBytes) {
    std::string after = bytes.substr(kSealBytes);
    if (bytes.substr(0, kSealBytes) == Seal(collection, filter, after)) return after;
  }
  return InvalidField("page_token",
                      "expected the next_page_token of a listing with the same collection and filter, got "
                      "another or a damaged one");
}

}  // namespace voisin::service
