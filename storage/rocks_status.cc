#include "storage/rocks_status.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace voisin::storage {
namespace {

bool IsFull(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit;
}

absl::StatusCode CodeOf(const rocksdb::Status& status) {
  if (status.IsCorruption()) return absl::StatusCode::kDataLoss;
  if (IsFull(status)) return absl::StatusCode::kResourceExhausted;
  if (status.IsNotFound()) return absl::StatusCode::kNotFound;
  if (status.IsInvalidArgument() || status.IsNotSupported()) return absl::StatusCode::kInternal;
  return absl::StatusCode::kUnavailable;
}

std::string Prefixed(std::string_view doing, const rocksdb::Status& status) {
  std::string what(doing);
  if (IsFull(status)) what += ": no space left on the disk";
  return what + ": " + status.ToString();
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(CodeOf(status), Prefixed(doing, status));
}

absl::Status AtPoint(const absl::Status& status, uint64_t collection, uint64_t point) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("collection ", collection, ", point ", point, ": ", status.message()));
}

absl::Status AtName(const absl::Status& status, uint64_t collection, std::string_view name) {
  if (status.ok()) return status;
  const std::string quoted = absl::CHexEscape(absl::string_view(name.data(), name.size()));
  return absl::Status(status.code(), absl::StrCat("collection ", collection, ", document \"", quoted,
                                                  "\": ", status.message()));
}

}  // namespace voisin::storage
