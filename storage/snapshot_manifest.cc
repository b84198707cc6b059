#include "storage/snapshot_manifest.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "storage/bytes.h"
#include "storage/keys.h"

namespace voisin::storage {
namespace {

constexpr std::string_view kMagic = "VOISINSN";
constexpr size_t kVersionAt = 8, kSizeAt = 16, kChecksumAt = 24;
constexpr size_t kMaxNameBytes = 64;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

uint64_t Fixed64At(std::string_view bytes, size_t at) { return ByteReader(bytes.substr(at)).Fixed64(); }

// Of everything but the checksum itself.
uint64_t ChecksumOf(std::string_view manifest) {
  std::string covered(manifest.substr(0, kChecksumAt));
  covered += manifest.substr(kSnapshotHeaderBytes);
  return Checksum(covered);
}

absl::Status Wrong(std::string_view what) {
  return absl::DataLossError(absl::StrCat("snapshot manifest: ", std::string(what)));
}

std::string EncodeBody(const SnapshotManifest& manifest) {
  ByteWriter out;
  out.Byte(static_cast<uint8_t>(manifest.form));
  out.Varint(manifest.database_format);
  out.Signed(manifest.create_time_us);
  out.Varint(manifest.collection.number);
  out.Bytes(EncodeCollection(manifest.collection));
  out.Bytes(EncodeState(manifest.state));
  out.Varint(manifest.files.size());
  for (const SnapshotFile& file : manifest.files) {
    out.Bytes(file.name);
    out.Varint(file.size);
    out.Fixed64(file.checksum);
  }
  return out.Take();
}

void ReadFiles(ByteReader& in, std::vector<SnapshotFile>& files) {
  const size_t count = in.Count();
  for (size_t i = 0; i < count && in.ok(); ++i) {
    SnapshotFile file{std::string(in.Bytes()), in.Varint(), in.Fixed64()};
    if (!IsSnapshotFileName(file.name)) in.Fail("expected the name of a file of a snapshot");
    if (!files.empty() && files.back().name >= file.name) in.Fail("expected ascending names");
    files.push_back(std::move(file));
  }
}

SnapshotManifest::Form ReadForm(ByteReader& in) {
  const auto form = static_cast<SnapshotManifest::Form>(in.Byte());
  if (form != SnapshotManifest::Form::database && form != SnapshotManifest::Form::tables) {
    in.Fail("expected a form of 1 or 2");
  }
  return form;
}

absl::StatusOr<SnapshotManifest> DecodeBody(std::string_view body) {
  ByteReader in(body);
  SnapshotManifest manifest;
  manifest.form = ReadForm(in);
  manifest.database_format = in.Varint32();
  manifest.create_time_us = in.Signed();
  const CollectionNumber number = in.Varint32();
  const std::string_view collection = in.Bytes(), state = in.Bytes();
  ReadFiles(in, manifest.files);
  RETURN_IF_ERROR(in.Finish());
  if (manifest.database_format > kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat("its database has format version ",
                                                      manifest.database_format, ", this program reads up to ",
                                                      kFormatVersion));
  }
  ASSIGN_OR_RETURN(manifest.collection, DecodeCollection(collection));
  ASSIGN_OR_RETURN(manifest.state, DecodeState(state));
  manifest.collection.number = number;
  return manifest;
}

}  // namespace

uint64_t SnapshotManifest::bytes() const {
  uint64_t total = 0;
  for (const SnapshotFile& file : files) total += file.size;
  return total;
}

bool IsSnapshotFileName(std::string_view name) {
  for (const std::string_view folder : {"db/", "index/", "lexical/", "tables/"}) {
    if (!name.starts_with(folder)) continue;
    name.remove_prefix(folder.size());
    return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
           std::ranges::all_of(name, IsNameByte);
  }
  return false;
}

std::string EncodeSnapshot(const SnapshotManifest& manifest) {
  const std::string body = EncodeBody(manifest);
  ByteWriter head;
  head.Raw(kMagic);
  head.Fixed64(kSnapshotVersion);
  head.Fixed64(body.size());
  const std::string covered = head.Take();
  ByteWriter out;
  out.Raw(covered);
  out.Fixed64(Checksum(covered + body));
  out.Raw(body);
  return out.Take();
}

absl::StatusOr<size_t> SnapshotManifestBytes(std::string_view header) {
  if (header.size() < kSnapshotHeaderBytes || !header.starts_with(kMagic)) {
    return Wrong("expected it to begin with \"VOISINSN\" and its sizes, got other bytes");
  }
  const uint64_t version = Fixed64At(header, kVersionAt), size = Fixed64At(header, kSizeAt);
  if (version > kSnapshotVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the snapshot has format version ", version,
                                                      ", this program reads up to ", kSnapshotVersion));
  }
  if (version == 0) return Wrong("expected a format version from 1, got 0");
  if (size > kMaxSnapshotManifestBytes) {
    return Wrong(absl::StrCat("expected at most ", kMaxSnapshotManifestBytes, " bytes, got ", size));
  }
  return kSnapshotHeaderBytes + size;
}

absl::StatusOr<SnapshotManifest> DecodeSnapshot(std::string_view bytes) {
  ASSIGN_OR_RETURN(const size_t size, SnapshotManifestBytes(bytes));
  if (bytes.size() != size) return Wrong(absl::StrCat("expected ", size, " bytes, got ", bytes.size()));
  if (ChecksumOf(bytes) != Fixed64At(bytes, kChecksumAt)) return Wrong("its checksum does not fit its bytes");
  absl::StatusOr<SnapshotManifest> manifest = DecodeBody(bytes.substr(kSnapshotHeaderBytes));
  if (manifest.ok() || !absl::IsDataLoss(manifest.status())) return manifest;
  return Wrong(std::string(manifest.status().message()));
}

}  // namespace voisin::storage
