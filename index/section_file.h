#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::index {

// The container of all files of an index. All numbers little-endian, all offsets from the start of the file.
//
//   file    := header entry{section_count} payload
//   header  := magic "VOISINIX"        8 bytes
//              version                 u32, of the kind: graph 1 or 2, others 1; a reader refuses a greater one
//              kind                    u32, FileKind
//              section_count           u32, 1..64
//              reserved                u32, 0
//              file_size               u64
//              table_checksum          u64, XXH3-64 of the header before this field and of all entries
//   entry   := offset u64, length u64, checksum u64 (XXH3-64 of the section)
//   payload := the sections in the order of their entries, each at the next multiple of 64, zeros between
//
// Because the table holds the checksums of the sections, table_checksum names the content of the whole file.

// Frozen: numbers are on disk.
enum class FileKind : uint32_t { graph = 1, flat = 2, manifest = 3, lexical = 4 };

struct SectionFile {
  uint32_t version = 0;
  uint64_t table_checksum = 0;
  std::vector<std::string_view> sections;  // into the parsed bytes
};

// `section_counts` are those of version 1, 2 and so on. DataLoss that names what was expected and what came when any byte
// that matters differs; nothing is assumed of the input. Unimplemented for a newer version.
absl::StatusOr<SectionFile> ParseSections(std::string_view file, FileKind kind,
                                          std::span<const size_t> section_counts);

// The bytes of one section to be written, one after the other.
using SectionParts = std::vector<std::string_view>;

// The pieces that make up a file of these sections, in order, for WriteFileAtomically.
class SectionWriter {
 public:
  SectionWriter(FileKind kind, uint32_t version, std::span<const SectionParts> sections);
  SectionWriter(const SectionWriter&) = delete;
  SectionWriter& operator=(const SectionWriter&) = delete;

  std::span<const std::string_view> parts() const { return parts_; }
  uint64_t table_checksum() const { return table_checksum_; }
  uint64_t file_size() const { return file_size_; }

 private:
  std::string head_;
  std::vector<std::string_view> parts_;  // into head_, zeros and the caller's sections
  uint64_t table_checksum_ = 0;
  uint64_t file_size_ = 0;
};

// The section as an array of T (a trivially copyable type without padding), or DataLoss when its length or
// place does not fit.
template <typename T>
absl::StatusOr<std::span<const T>> AsArray(std::string_view section) {
  if (section.size() % sizeof(T) != 0 || reinterpret_cast<uintptr_t>(section.data()) % alignof(T) != 0) {
    return absl::DataLossError("section of " + std::to_string(section.size()) + " bytes is no array of " +
                               std::to_string(sizeof(T)) + "-byte elements");
  }
  return std::span<const T>(reinterpret_cast<const T*>(section.data()), section.size() / sizeof(T));
}

template <typename T>
std::string_view AsBytes(std::span<const T> array) {
  return {reinterpret_cast<const char*>(array.data()), array.size_bytes()};
}

}  // namespace voisin::index
