#include "service/recoverable_indexes.h"

#include "base/file_status.h"
#include "base/status_macros.h"
#include "service/text_terms.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

absl::Status RemoveAll(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? FileStatus(error.value(), "remove " + path.string()) : absl::OkStatus();
}

absl::Status RemoveAllBut(const fs::path& directory, std::string_view kept) {
  std::vector<fs::path> doomed;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename() != kept) doomed.push_back(at->path());
  }
  for (const fs::path& path : doomed) RETURN_IF_ERROR(RemoveAll(path));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RecoverableIndex::Found> RecoverableVectors::Open() {
  ASSIGN_OR_RETURN(index::VectorIndex::Opened opened, index::VectorIndex::Open(options_, &background_));
  index_ = std::move(opened.index);
  return Found{opened.applied_lsn, std::move(opened.damage)};
}

absl::Status RecoverableVectors::RemoveFiles() {
  index_.reset();
  return RemoveAllBut(options_.directory, kLexicalFolder);
}

absl::Status RecoverableVectors::AddAll(const storage::DocumentStore& store, storage::CollectionNumber number,
                                        const std::function<absl::Status()>& each) {
  return store.ReadVectors(number, 0, [&](storage::PointId point, std::span<const float> vector) {
    RETURN_IF_ERROR(each());
    return index_->Add(point, vector);
  });
}

absl::StatusOr<RecoverableIndex::Found> RecoverableWords::Open() {
  ASSIGN_OR_RETURN(index::LexicalIndex::Opened opened, index::LexicalIndex::Open(options_, &background_));
  index_ = std::move(opened.index);
  return Found{opened.applied_lsn, std::move(opened.damage)};
}

absl::Status RecoverableWords::RemoveFiles() {
  index_.reset();
  return RemoveAll(options_.directory);
}

absl::Status RecoverableWords::Add(const storage::StoredDocument& stored) {
  return index_->Add(stored.point, ToIndex(stored.document.terms));
}

absl::Status RecoverableWords::AddAll(const storage::DocumentStore& store, storage::CollectionNumber number,
                                      const std::function<absl::Status()>& each) {
  return store.ReadTerms(number, 0, [&](storage::PointId point, std::span<const storage::TermCount> terms) {
    RETURN_IF_ERROR(each());
    return index_->Add(point, ToIndex(terms));
  });
}

}  // namespace voisin::service
