#pragma once

#include <memory>

#include "index/lexical_index.h"
#include "index/vector_index.h"
#include "service/recovery.h"

namespace voisin::service {

// Where the words' index lies below the folder of a collection's vector index.
inline constexpr char kLexicalFolder[] = "lexical";

class RecoverableVectors final : public RecoverableIndex {
 public:
  // `background` outlives the index.
  RecoverableVectors(index::VectorIndex::Options options, ThreadPool& background)
      : options_(std::move(options)), background_(background) {}
  std::unique_ptr<index::VectorIndex> Take() { return std::move(index_); }

  std::string_view name() const override { return "vectors"; }
  absl::StatusOr<Found> Open() override;
  absl::Status RemoveFiles() override;
  uint64_t points() const override { return index_->Stats().points; }
  storage::ReadMask needs() const override { return {.text = false, .metadata = false, .vector = true}; }
  absl::Status Add(const storage::StoredDocument& stored) override {
    return index_->Add(stored.point, stored.document.vector);
  }
  void Remove(storage::PointId point) override { index_->Remove(point); }
  absl::Status AddAll(const storage::DocumentStore& store, storage::CollectionNumber number,
                      const std::function<absl::Status()>& each) override;
  void SetAppliedLsn(storage::Lsn lsn) override { index_->SetAppliedLsn(lsn); }

 private:
  const index::VectorIndex::Options options_;
  ThreadPool& background_;
  std::unique_ptr<index::VectorIndex> index_;
};

class RecoverableWords final : public RecoverableIndex {
 public:
  RecoverableWords(index::LexicalIndex::Options options, ThreadPool& background)
      : options_(std::move(options)), background_(background) {}
  std::unique_ptr<index::LexicalIndex> Take() { return std::move(index_); }

  std::string_view name() const override { return "words"; }
  absl::StatusOr<Found> Open() override;
  absl::Status RemoveFiles() override;
  uint64_t points() const override { return index_->Stats().points; }
  storage::ReadMask needs() const override {
    return {.text = false, .metadata = false, .vector = false, .terms = true};
  }
  absl::Status Add(const storage::StoredDocument& stored) override;
  void Remove(storage::PointId point) override { index_->Remove(point); }
  absl::Status AddAll(const storage::DocumentStore& store, storage::CollectionNumber number,
                      const std::function<absl::Status()>& each) override;
  void SetAppliedLsn(storage::Lsn lsn) override { index_->SetAppliedLsn(lsn); }

 private:
  const index::LexicalIndex::Options options_;
  ThreadPool& background_;
  std::unique_ptr<index::LexicalIndex> index_;
};

}  // namespace voisin::service
