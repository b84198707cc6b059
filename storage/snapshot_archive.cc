#include "storage/snapshot_archive.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::storage {
namespace {

absl::Status Damaged(std::string_view name, std::string_view what) {
  return absl::DataLossError(absl::StrCat(std::string(name), ": ", std::string(what)));
}

absl::Status CheckChecksum(const SnapshotFile& file, uint64_t got) {
  if (got == file.checksum) return absl::OkStatus();
  return Damaged(file.name, absl::StrCat("expected checksum ", absl::Hex(file.checksum, absl::kZeroPad16),
                                         ", got ", absl::Hex(got, absl::kZeroPad16)));
}

}  // namespace

absl::Status ArchiveReader::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    RETURN_IF_ERROR(manifest_ ? AddToFile(bytes) : AddToManifest(bytes));
  }
  return absl::OkStatus();
}

absl::Status ArchiveReader::AddToManifest(std::string_view& bytes) {
  const auto take = [&](size_t until) {
    const size_t count = std::min(until - head_.size(), bytes.size());
    head_ += bytes.substr(0, count);
    bytes.remove_prefix(count);
  };
  if (head_.size() < kSnapshotHeaderBytes) take(kSnapshotHeaderBytes);
  if (head_.size() < kSnapshotHeaderBytes) return absl::OkStatus();
  ASSIGN_OR_RETURN(const size_t size, SnapshotManifestBytes(head_));
  take(size);
  if (head_.size() < size) return absl::OkStatus();
  ASSIGN_OR_RETURN(manifest_, DecodeSnapshot(head_));
  if (manifest_->form != SnapshotManifest::Form::tables) {
    return absl::DataLossError("archive: expected the tables of one collection, got a whole database");
  }
  return NextFile();
}

absl::Status ArchiveReader::NextFile() {
  while (file_ < manifest_->files.size()) {
    checksum_ = RunningChecksum();
    left_ = manifest_->files[file_].size;
    RETURN_IF_ERROR(sink_.Begin(manifest_->files[file_]));
    if (left_ > 0) return absl::OkStatus();
    RETURN_IF_ERROR(EndFile());
  }
  return absl::OkStatus();
}

absl::Status ArchiveReader::EndFile() {
  RETURN_IF_ERROR(CheckChecksum(manifest_->files[file_], checksum_.value()));
  ++file_;
  return sink_.End();
}

absl::Status ArchiveReader::AddToFile(std::string_view& bytes) {
  if (file_ == manifest_->files.size()) return absl::DataLossError("archive: bytes follow its last file");
  const std::string_view piece = bytes.substr(0, std::min<uint64_t>(left_, bytes.size()));
  checksum_.Add(piece);
  RETURN_IF_ERROR(sink_.Bytes(piece));
  bytes.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ > 0) return absl::OkStatus();
  RETURN_IF_ERROR(EndFile());
  return NextFile();
}

absl::StatusOr<SnapshotManifest> ArchiveReader::Finish() const {
  if (!manifest_) return absl::DataLossError("archive: it ends inside its manifest");
  if (file_ == manifest_->files.size()) return *manifest_;
  return Damaged(manifest_->files[file_].name, absl::StrCat("the archive ends ", left_, " bytes too early"));
}

ArchiveWriter::ArchiveWriter(std::filesystem::path directory, SnapshotManifest manifest)
    : directory_(std::move(directory)), manifest_(std::move(manifest)), head_(EncodeSnapshot(manifest_)) {}

absl::StatusOr<std::string> ArchiveWriter::Read(size_t most) {
  if (head_at_ < head_.size()) {
    std::string piece = head_.substr(head_at_, most);
    head_at_ += piece.size();
    return piece;
  }
  while (file_ < manifest_.files.size()) {
    ASSIGN_OR_RETURN(std::string piece, ReadFilePiece(most));
    if (!piece.empty()) return piece;
  }
  return std::string();
}

absl::StatusOr<std::string> ArchiveWriter::ReadFilePiece(size_t most) {
  const SnapshotFile& file = manifest_.files[file_];
  std::string piece(std::min<uint64_t>(most, file.size - file_at_), '\0');
  std::ifstream in(directory_ / file.name, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(file_at_));
  if (!in.read(piece.data(), static_cast<std::streamsize>(piece.size()))) {
    return Damaged(file.name, absl::StrCat("expected ", file.size, " bytes, got fewer"));
  }
  checksum_.Add(piece);
  file_at_ += piece.size();
  if (file_at_ < file.size) return piece;
  RETURN_IF_ERROR(CheckChecksum(file, checksum_.value()));
  checksum_ = RunningChecksum();
  file_at_ = 0;
  ++file_;
  return piece;
}

absl::StatusOr<SnapshotFile> DescribeFile(const std::filesystem::path& directory, const std::string& name) {
  ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(directory / name));
  return SnapshotFile{name, mapped.text().size(), Checksum(mapped.text())};
}

absl::Status VerifyFiles(const std::filesystem::path& directory, const SnapshotManifest& manifest) {
  for (const SnapshotFile& file : manifest.files) {
    const absl::StatusOr<SnapshotFile> found = DescribeFile(directory, file.name);
    if (absl::IsNotFound(found.status())) return Damaged(file.name, "is missing");
    RETURN_IF_ERROR(found.status());
    if (found->size != file.size) {
      return Damaged(file.name, absl::StrCat("expected ", file.size, " bytes, got ", found->size));
    }
    RETURN_IF_ERROR(CheckChecksum(file, found->checksum));
  }
  return absl::OkStatus();
}

}  // namespace voisin::storage
