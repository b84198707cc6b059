#include "storage/rocks_tail.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/file_status.h"
#include "base/read_only_file.h"
#include "base/status_macros.h"

namespace voisin::storage {
namespace {

constexpr size_t kBlock = size_t{32} * 1024;
constexpr size_t kHeader = 7;
constexpr size_t kLengthAt = 4;
constexpr size_t kTypeAt = 6;
constexpr uint32_t kMaskDelta = 0xa282ead8;

// CRC-32C (Castagnoli), reflected.
constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t Byte(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

uint32_t StoredChecksum(std::string_view record) {
  const uint32_t masked =
      Byte(record, 0) | Byte(record, 1) << 8 | Byte(record, 2) << 16 | Byte(record, 3) << 24;
  const uint32_t rotated = masked - kMaskDelta;
  return (rotated >> 17) | (rotated << 15);
}

size_t Length(std::string_view record) { return Byte(record, kLengthAt) | Byte(record, kLengthAt + 1) << 8; }

// Does the checksum hold for some payload that is all there?
bool IsWhole(std::string_view record) {
  const uint32_t expected = StoredChecksum(record);
  uint32_t crc = ~uint32_t{0};
  for (size_t at = kTypeAt; at < record.size(); ++at) {
    crc = kTable[(crc ^ Byte(record, at)) & 0xff] ^ (crc >> 8);
    if (~crc == expected) return true;
  }
  return false;
}

absl::StatusOr<std::string> ReadFrom(const std::filesystem::path& path, uint64_t begin, uint64_t end) {
  std::string bytes(end - begin, '\0');
  ASSIGN_OR_RETURN(const ReadOnlyFile file, ReadOnlyFile::Open(path));
  RETURN_IF_ERROR(file.Read(begin, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

absl::Status CheckTail(const std::filesystem::path& file) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(file, error);
  if (error) return FileStatus(error.value(), "measure " + file.string());
  if (size == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string block, ReadFrom(file, (size - 1) / kBlock * kBlock, size));
  std::string_view rest = block;
  while (rest.size() >= kHeader) {
    const size_t length = Length(rest);
    if (length == 0 && Byte(rest, kTypeAt) == 0) return absl::OkStatus();  // space reserved, nothing written
    if (kHeader + length <= rest.size()) {
      rest.remove_prefix(kHeader + length);
    } else if (IsWhole(rest)) {
      return absl::DataLossError(absl::StrCat(file.string(), ": the record at byte ", size - rest.size(),
                                              " is whole, but its length says ", length, " of ",
                                              rest.size() - kHeader, " bytes"));
    } else {
      return absl::OkStatus();  // a crash cut it short
    }
  }
  return absl::OkStatus();
}

bool IsLog(const std::filesystem::path& file) {
  return file.extension() == ".log" || file.filename().string().starts_with("MANIFEST-");
}

}  // namespace

absl::Status CheckTails(const std::filesystem::path& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (IsLog(at->path())) RETURN_IF_ERROR(CheckTail(at->path()));
  }
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("listing ", directory.string(), ": ", error.message()));
}

}  // namespace voisin::storage
