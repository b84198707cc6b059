#include "clients/cli/snapshot_archive_file.h"

#include <filesystem>
#include <fstream>

#include "absl/cleanup/cleanup.h"
#include "base/file_writer.h"
#include "base/status_macros.h"

namespace voisin::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = 1 << 20;

}  // namespace

absl::StatusOr<uint64_t> ExportTo(const std::string& path, const std::string& snapshot,
                                  client::Client& client) {
  std::error_code error;
  if (fs::exists(path, error)) return absl::AlreadyExistsError(path + " exists already");
  const fs::path part = fs::absolute(path + ".part");
  fs::remove(part, error);
  ASSIGN_OR_RETURN(FileWriter writer, FileWriter::Create(part));
  const absl::Cleanup remove = [&] { fs::remove(part, error); };
  uint64_t bytes = 0;
  RETURN_IF_ERROR(client.ExportSnapshot(snapshot, [&](const std::string& piece) {
    bytes += piece.size();
    return writer.Append(piece);
  }));
  RETURN_IF_ERROR(writer.Finish());
  fs::rename(part, path, error);
  if (error) return absl::ErrnoToStatus(error.value(), "rename " + part.string());
  RETURN_IF_ERROR(SyncFolder(part.parent_path()));
  return bytes;
}

absl::StatusOr<v1::Snapshot> ImportFrom(const std::string& path, const std::string& snapshot_id,
                                        client::Client& client) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(path + " cannot be opened");
  return client.ImportSnapshot(snapshot_id, [&]() -> absl::StatusOr<std::string> {
    std::string piece(kPieceBytes, '\0');
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.bad()) return absl::DataLossError(path + " cannot be read");
    piece.resize(static_cast<size_t>(in.gcount()));
    return piece;
  });
}

}  // namespace voisin::cli
