#include "index/segmented_lexical_index.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/status_macros.h"
#include "index/lexical_merge.h"
#include "index/lexical_search.h"
#include "index/segment_lists.h"

namespace voisin::index {
namespace {

// A manifest is written in the background when so large a part of all points has been sealed since the last one.
constexpr uint64_t kSaveDivisor = 4;
constexpr std::chrono::seconds kAskAgain(1);

uint64_t NewPoints(const LexicalPlan& plan) {
  uint64_t points = 0;
  for (const auto& buffer : plan.buffers) points += buffer->size();
  return points;
}

}  // namespace

SegmentedLexicalIndex::SegmentedLexicalIndex(Options options, ThreadPool* background)
    : options_(std::move(options)),
      params_(std::make_shared<const LexicalParams>(options_.params)),
      published_(std::make_shared<const LexicalSegmentList>()),
      store_(options_.directory),
      merges_(background, [this] { return MergeAll(); }) {
  MutexLock lock(mutex_);
  Seal();
}

SegmentedLexicalIndex::~SegmentedLexicalIndex() { stop_.store(true, std::memory_order_release); }

absl::StatusOr<LexicalIndex::Opened> SegmentedLexicalIndex::Open(Options options, ThreadPool* background) {
  auto index =
      std::unique_ptr<SegmentedLexicalIndex>(new SegmentedLexicalIndex(std::move(options), background));
  Opened opened;
  ASSIGN_OR_RETURN(opened.damage, index->Restore());
  {
    MutexLock lock(index->mutex_);
    opened.applied_lsn = index->applied_lsn_;
  }
  opened.index = std::move(index);
  return opened;
}

// Points after the applied change are left out: the caller brings them again.
absl::StatusOr<std::string> SegmentedLexicalIndex::Restore() {
  if (options_.directory.empty()) return std::string();
  MutexLock files(files_mutex_);
  ASSIGN_OR_RETURN(const LexicalStore::Contents contents, store_.Load());
  MutexLock lock(mutex_);
  next_number_ = store_.next_number();
  applied_lsn_ = saved_lsn_ = contents.applied_lsn;
  list_.sealed = contents.segments;
  for (const auto& segment : list_.sealed) {
    const std::span<const PointId> ids = segment->view().ids;
    if (!ids.empty()) max_id_ = std::max(max_id_, ids.back());
    const auto later = std::ranges::upper_bound(ids, applied_lsn_);
    for (auto id = later; id != ids.end(); ++id) segment->Remove(*id);
  }
  Publish();
  if (!PlanMerge(list_, UsualMerge()).empty()) merges_.Request();
  return contents.damage;
}

absl::Status SegmentedLexicalIndex::Add(PointId id, std::span<const TermCount> terms) {
  RETURN_IF_ERROR(CheckTermCounts(terms));
  MutexLock lock(mutex_);
  if (ContainsLive(id)) {
    return absl::InvalidArgumentError("point " + std::to_string(id) +
                                      ": expected a new id, found a live point");
  }
  list_.buffers.back()->Append(id, terms);
  max_id_ = std::max(max_id_, id);
  if (!list_.buffers.back()->full()) return absl::OkStatus();
  Seal();
  merges_.Request();
  return absl::OkStatus();
}

bool SegmentedLexicalIndex::ContainsLive(PointId id) const {
  const auto contains = [id](const auto& segment) { return segment->ContainsLive(id); };
  return id <= max_id_ &&
         (std::ranges::any_of(list_.buffers, contains) || std::ranges::any_of(list_.sealed, contains));
}

bool SegmentedLexicalIndex::Remove(PointId id) {
  MutexLock lock(mutex_);
  for (const auto& buffer : list_.buffers) {
    if (buffer->Remove(id)) return true;
  }
  for (const auto& segment : list_.sealed) {
    if (!segment->Remove(id)) continue;
    if (TooManyDead(*segment, options_.max_dead_ratio)) merges_.Request();
    return true;
  }
  return false;
}

void SegmentedLexicalIndex::Seal() {
  list_.buffers.push_back(std::make_shared<LexicalBuffer>(options_.seal_points));
  Publish();
}

void SegmentedLexicalIndex::SealRest() {
  if (list_.buffers.back()->size() > 0) Seal();
}

void SegmentedLexicalIndex::Publish() { published_.Store(std::make_shared<const LexicalSegmentList>(list_)); }

absl::StatusOr<LexicalResult> SegmentedLexicalIndex::Search(const LexicalQuery& query) const {
  RETURN_IF_ERROR(CheckQueryTerms(query.terms));
  if (query.top_k == 0) return absl::InvalidArgumentError("top_k: expected at least 1, found 0");
  const std::shared_ptr<const LexicalSegmentList> list = published_.Load();
  return LexicalSearch(*list, *params_.Load(), query.terms).Best(query);
}

absl::StatusOr<std::vector<float>> SegmentedLexicalIndex::Score(std::span<const QueryTerm> terms,
                                                                std::span<const PointId> points) const {
  RETURN_IF_ERROR(CheckQueryTerms(terms));
  const std::shared_ptr<const LexicalSegmentList> list = published_.Load();
  return LexicalSearch(*list, *params_.Load(), terms).Scores(points);
}

std::vector<float> SegmentedLexicalIndex::InverseDocumentFrequencies(std::span<const TermId> terms) const {
  return index::InverseDocumentFrequencies(*published_.Load(), terms);
}

LexicalStats SegmentedLexicalIndex::Stats() const {
  const std::shared_ptr<const LexicalSegmentList> list = published_.Load();
  LexicalStats stats;
  const auto add = [&stats](const auto& segment, uint64_t points, uint64_t dead, uint64_t terms) {
    stats.points += points - dead;
    stats.dead += dead;
    stats.terms += terms;
    stats.postings += segment.postings();
    stats.memory_bytes += segment.memory_bytes();
  };
  for (const auto& segment : list->sealed) {
    add(*segment, segment->points(), segment->dead(), segment->view().terms.size());
  }
  for (const auto& buffer : list->buffers) {
    const uint32_t dead = buffer->dead();  // before the size: never more dead than points
    add(*buffer, buffer->size(), dead, buffer->terms());
  }
  stats.segments = list->sealed.size() + list->buffers.size();
  return stats;
}

void SegmentedLexicalIndex::WaitUntilIndexed() {
  {
    MutexLock lock(mutex_);
    SealRest();
  }
  merges_.RequestAndWait();
}

void SegmentedLexicalIndex::Consolidate() {
  MutexLock lock(mutex_);
  if (!IsScattered(list_)) return;
  SealRest();
  consolidate_ = true;
  merges_.Request();
}

MergeOptions SegmentedLexicalIndex::UsualMerge() const {
  return {.max_dead_ratio = options_.max_dead_ratio, .no_dead_before = no_dead_before_};
}

LexicalPlan SegmentedLexicalIndex::NextPlan() {
  MutexLock lock(mutex_);
  MergeOptions options = UsualMerge();
  if (std::exchange(consolidate_, false)) options.merge_divisor = kQuietDivisor;
  return PlanMerge(list_, options);
}

bool SegmentedLexicalIndex::MergeAll() {
  while (true) {
    const LexicalPlan plan = NextPlan();
    if (plan.empty()) return true;
    absl::Status done = MergeOne(plan);
    if (done.ok()) done = SaveIfDue();
    if (done.ok()) continue;
    if (options_.on_failure && !absl::IsCancelled(done)) options_.on_failure(done);
    MutexLock lock(mutex_);
    merge_failure_ = std::move(done);
    merged_.notify_all();
    return false;
  }
}

uint64_t SegmentedLexicalIndex::TakeNumber() {
  MutexLock lock(mutex_);
  return next_number_++;
}

absl::StatusOr<std::shared_ptr<LexicalSegment>> SegmentedLexicalIndex::Build(const LexicalPlan& plan,
                                                                             uint64_t number) const {
  std::vector<std::shared_ptr<LexicalSegment>> parts = plan.sealed;
  for (const auto& buffer : plan.buffers) {
    if (auto part = Invert(*buffer, buffer->size(), number)) parts.push_back(std::move(part));
  }
  if (plan.sealed.empty() && parts.size() == 1) return parts[0];
  return Merge(parts, number, stop_);
}

absl::Status SegmentedLexicalIndex::MergeOne(const LexicalPlan& plan) {
  ASSIGN_OR_RETURN(std::shared_ptr<LexicalSegment> built, Build(plan, TakeNumber()));
  MutexLock lock(mutex_);
  if (built != nullptr) CarryRemovals(plan, *built);
  list_ = Replace(list_, plan, std::move(built));
  unsaved_points_ += NewPoints(plan);
  Publish();
  merged_.notify_all();
  return absl::OkStatus();
}

absl::Status SegmentedLexicalIndex::SaveIfDue() {
  if (options_.directory.empty()) return absl::OkStatus();
  std::optional<uint64_t> lsn;
  {
    MutexLock files(files_mutex_);
    lsn = DueLsn();
    if (!lsn) return absl::OkStatus();
    RETURN_IF_ERROR(SaveState(*lsn));
  }
  if (options_.on_saved) options_.on_saved(*lsn);
  return absl::OkStatus();
}

std::optional<uint64_t> SegmentedLexicalIndex::DueLsn() {
  MutexLock lock(mutex_);
  uint64_t points = 0;
  for (const auto& segment : list_.sealed) points += segment->live();
  if (store_.HasManifest() && unsaved_points_ * kSaveDivisor < points) return std::nullopt;
  return applied_lsn_;
}

void SegmentedLexicalIndex::SetParams(const LexicalParams& params) {
  MutexLock lock(params_mutex_);
  params_.Store(std::make_shared<const LexicalParams>(params));
}

void SegmentedLexicalIndex::SetAppliedLsn(uint64_t lsn) {
  MutexLock lock(mutex_);
  applied_lsn_ = std::max(applied_lsn_, lsn);
}

absl::Status SegmentedLexicalIndex::Save(uint64_t lsn) {
  if (options_.directory.empty()) return absl::OkStatus();
  SetAppliedLsn(lsn);
  MutexLock files(files_mutex_);
  return IsSaved(lsn) ? absl::OkStatus() : SaveState(lsn);
}

bool SegmentedLexicalIndex::IsSaved(uint64_t lsn) const {
  MutexLock lock(mutex_);
  bool held = lsn == saved_lsn_;
  for (const auto& segment : list_.sealed) held = held && store_.Holds(*segment);
  return held;
}

absl::Status SegmentedLexicalIndex::RewriteWasted() {
  MutexLock lock(mutex_);
  SealRest();
  const std::vector<std::shared_ptr<LexicalBuffer>> waiting(list_.buffers.begin(), list_.buffers.end() - 1);
  const uint64_t first_new = next_number_;
  no_dead_before_ = first_new;
  merge_failure_ = absl::OkStatus();
  const auto is_wasted = [&](const auto& segment) {
    return segment->number() < first_new && segment->dead() > 0;
  };
  const auto is_waiting = [&](const auto& buffer) {
    return std::ranges::find(waiting, buffer) != waiting.end();
  };
  while (merge_failure_.ok() &&
         (std::ranges::any_of(list_.sealed, is_wasted) || std::ranges::any_of(list_.buffers, is_waiting))) {
    merges_.Request();  // again where the pool refused
    merged_.wait_for(mutex_, kAskAgain);
  }
  no_dead_before_ = 0;
  return merge_failure_;
}

absl::Status SegmentedLexicalIndex::Compact() {
  MutexLock compacting(compact_mutex_);
  RETURN_IF_ERROR(RewriteWasted());
  MutexLock files(files_mutex_);
  uint64_t lsn;
  {
    MutexLock lock(mutex_);
    lsn = applied_lsn_;
  }
  if (options_.directory.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(SaveState(lsn));
  return store_.RemoveSetAside();
}

// What is in buffers is written as segments of its own, which only a start reads.
absl::Status SegmentedLexicalIndex::SaveState(uint64_t lsn) {
  LexicalSegmentList list;
  std::vector<uint32_t> rows;
  uint64_t number;
  uint64_t unsaved;
  {
    MutexLock lock(mutex_);
    list = list_;
    for (const auto& buffer : list.buffers) rows.push_back(buffer->size());
    number = next_number_;
    next_number_ += list.buffers.size();
    unsaved = unsaved_points_;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (auto segment = Invert(*list.buffers[i], rows[i], number + i))
      list.sealed.push_back(std::move(segment));
  }
  RETURN_IF_ERROR(store_.Save(list.sealed, lsn));
  saved_lsn_ = lsn;
  MutexLock lock(mutex_);
  unsaved_points_ -= unsaved;
  return absl::OkStatus();
}

}  // namespace voisin::index
