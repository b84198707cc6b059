#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/record.h"

namespace voisin::storage {

// One file of a snapshot.
struct SnapshotFile {
  std::string name;  // FOLDER/FILE; see IsSnapshotFileName
  uint64_t size = 0;
  uint64_t checksum = 0;  // XXH3-64
  bool operator==(const SnapshotFile&) const = default;
};

// What a snapshot is: which collection, as of when, in which files. Primitives are those of bytes.h.
//   manifest = %s"VOISINSN" fixed64 version, fixed64 size of the body, fixed64 checksum, body
//   checksum = XXH3-64 of magic, version, size and body
//   body     = form, varint database format, signed create_time_us, varint collection number,
//              bytes collection-record, bytes state-record, varint count, count * file
//   form     = %x01 a database that holds the collection among others / %x02 tables of the collection alone
//   file     = bytes name, varint size, fixed64 checksum        ; names strictly ascending
// An archive is the manifest of a snapshot of form %x02, then the content of its files, in this order, and
// nothing else.
struct SnapshotManifest {
  enum class Form : uint8_t { database = 1, tables = 2 };

  Form form = Form::database;
  uint32_t database_format = 0;  // of keys.h
  int64_t create_time_us = 0;
  CollectionRecord collection;
  CollectionState state;
  std::vector<SnapshotFile> files;

  uint64_t bytes() const;  // of all files
  bool operator==(const SnapshotManifest&) const = default;
};

inline constexpr uint64_t kSnapshotVersion = 1;
inline constexpr size_t kSnapshotHeaderBytes = 32;
inline constexpr size_t kMaxSnapshotManifestBytes = 64 << 20;

// db/NAME, index/NAME, lexical/NAME or tables/NAME, NAME of letters, digits, '.', '_' and '-', not beginning with '.': no
// such name leaves its folder.
bool IsSnapshotFileName(std::string_view name);

std::string EncodeSnapshot(const SnapshotManifest& manifest);

// How many bytes the manifest has that begins with these kSnapshotHeaderBytes. FailedPrecondition names a
// version that is newer than this program; DataLoss for what is no manifest.
absl::StatusOr<size_t> SnapshotManifestBytes(std::string_view header);
// Of exactly a manifest. Errors as above; nothing is assumed of the input.
absl::StatusOr<SnapshotManifest> DecodeSnapshot(std::string_view bytes);

}  // namespace voisin::storage
