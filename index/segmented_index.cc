#include "index/segmented_index.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "index/searcher.h"
#include "index/segment_lists.h"

namespace voisin::index {
namespace {

constexpr unsigned kMaxBuildThreads = 16;
// A manifest is written in the background when the graphs have grown by this part since the last one.
constexpr uint64_t kSaveDivisor = 4;
constexpr std::chrono::seconds kAskAgain(1);

BuildOptions BuildOptionsOf(const VectorIndex::Options& options) {
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMaxBuildThreads);
  return {options.dimensions, options.metric, options.params, options.max_dead_ratio,
          static_cast<int>(threads)};
}

// As vectors are stored and asked for: of length one under cosine, unchanged otherwise. Good until this thread's next
// call: aligned memory for every query would cost more than what is done with it.
std::span<const float> Prepare(std::span<const float> vector, Metric metric) {
  thread_local AlignedVector<float> prepared;
  prepared.assign(vector.begin(), vector.end());
  if (metric != Metric::cosine) return prepared;
  double squared_length = 0;
  for (float x : vector) squared_length += double{x} * x;
  const double scale = 1 / std::sqrt(squared_length);
  for (float& x : prepared) x = static_cast<float>(x * scale);
  return prepared;
}

std::shared_ptr<const SegmentList> EmptyList() { return std::make_shared<const SegmentList>(); }

uint64_t NewPoints(const BuildPlan& plan) {
  uint64_t points = 0;
  for (const auto& segment : plan.flats) points += segment->size();
  return points;
}

// Adds what lives of a segment, which outlives the result.
void AddLiving(const FlatSegment& segment, uint32_t dimensions, FlatRows& living) {
  const uint32_t rows = segment.size();
  for (uint32_t begin = 0, end = 0; begin < rows; begin = end + 1) {
    for (end = begin; end < rows && !segment.IsDead(end); ++end) living.ids.push_back(segment.id(end));
    if (end > begin) living.vectors.emplace_back(segment.vector(begin), size_t{end - begin} * dimensions);
  }
}

}  // namespace

SegmentedIndex::SegmentedIndex(Options options, ThreadPool* background)
    : options_(std::move(options)),
      scorer_(options_.metric, options_.dimensions),
      ef_search_(options_.params.ef_search),
      published_(EmptyList()),
      store_(options_.directory, {options_.dimensions, options_.metric}, options_.vector_storage),
      build_options_(BuildOptionsOf(options_)),
      builds_(background, [this] { return BuildAll(); }) {
  MutexLock lock(mutex_);
  list_.flats.push_back(
      std::make_shared<FlatSegment>(options_.metric, options_.dimensions, options_.seal_points));
  Publish();
}

SegmentedIndex::~SegmentedIndex() { stop_.store(true, std::memory_order_release); }

absl::StatusOr<VectorIndex::Opened> SegmentedIndex::Open(Options options, ThreadPool* background) {
  auto index = std::unique_ptr<SegmentedIndex>(new SegmentedIndex(std::move(options), background));
  Opened opened;
  ASSIGN_OR_RETURN(opened.damage, index->Restore());
  {
    MutexLock lock(index->mutex_);
    opened.applied_lsn = index->applied_lsn_;
  }
  opened.index = std::move(index);
  return opened;
}

absl::StatusOr<std::string> SegmentedIndex::Restore() {
  if (options_.directory.empty()) return std::string();
  MutexLock files(files_mutex_);
  ASSIGN_OR_RETURN(const IndexStore::Contents contents, store_.Load());
  MutexLock lock(mutex_);
  next_number_ = store_.next_number();
  saved_lsn_ = contents.applied_lsn;
  TakeContents(contents);
  return contents.damage;
}

// Points after the applied change are left out: the caller brings them again.
void SegmentedIndex::TakeContents(const IndexStore::Contents& contents) {
  applied_lsn_ = contents.applied_lsn;
  list_.graphs = contents.graphs;
  for (const auto& segment : list_.graphs) {
    const std::span<const PointId> ids = segment->view().ids;
    if (!ids.empty()) max_id_ = std::max(max_id_, ids.back());
    const auto later = std::ranges::upper_bound(ids, applied_lsn_);
    for (auto id = later; id != ids.end(); ++id) segment->Remove(*id);
  }
  for (size_t i = 0; i < contents.points.ids.size(); ++i) {
    if (contents.points.ids[i] > applied_lsn_) continue;
    Append(contents.points.ids[i], contents.points.vectors.data() + i * options_.dimensions);
  }
  Publish();
}

absl::Status SegmentedIndex::Add(PointId id, std::span<const float> vector) {
  RETURN_IF_ERROR(CheckVector(vector, options_.dimensions, options_.metric));
  const std::span<const float> prepared = Prepare(vector, options_.metric);
  MutexLock lock(mutex_);
  if (ContainsLive(id)) {
    return absl::InvalidArgumentError("point " + std::to_string(id) +
                                      ": expected a new id, found a live point");
  }
  Append(id, prepared.data());
  return absl::OkStatus();
}

void SegmentedIndex::Append(PointId id, const float* vector) {
  list_.flats.back()->Append(id, vector);
  max_id_ = std::max(max_id_, id);
  if (!list_.flats.back()->full()) return;
  Seal();
  builds_.Request();  // refused: the points stay scanned until a later attempt
}

bool SegmentedIndex::ContainsLive(PointId id) const {
  const auto contains = [id](const auto& segment) { return segment->ContainsLive(id); };
  return id <= max_id_ &&
         (std::ranges::any_of(list_.flats, contains) || std::ranges::any_of(list_.graphs, contains));
}

bool SegmentedIndex::Remove(PointId id) {
  MutexLock lock(mutex_);
  for (const auto& segment : list_.flats) {
    if (segment->Remove(id)) return true;
  }
  for (const auto& segment : list_.graphs) {
    if (!segment->Remove(id)) continue;
    if (TooMuchWaste(*segment, options_.max_dead_ratio)) builds_.Request();
    return true;
  }
  return false;
}

void SegmentedIndex::Seal() {
  list_.flats.push_back(
      std::make_shared<FlatSegment>(options_.metric, options_.dimensions, options_.seal_points));
  Publish();
}

void SegmentedIndex::SealRest() {
  if (list_.flats.back()->size() > 0) Seal();
}

void SegmentedIndex::Publish() { published_.Store(std::make_shared<const SegmentList>(list_)); }

absl::StatusOr<SearchResult> SegmentedIndex::Search(const Query& query) const {
  RETURN_IF_ERROR(CheckVector(query.vector, options_.dimensions, options_.metric));
  if (query.top_k == 0) return absl::InvalidArgumentError("top_k: expected at least 1, found 0");
  Query resolved = query;
  resolved.vector = Prepare(query.vector, options_.metric);
  resolved.ef = std::max(query.ef == 0 ? ef_search_.load(std::memory_order_relaxed) : query.ef, query.top_k);
  const std::shared_ptr<const SegmentList> list = published_.Load();
  return SearchSegments(*list, scorer_, resolved);
}

IndexStats SegmentedIndex::Stats() const {
  const std::shared_ptr<const SegmentList> list = published_.Load();
  IndexStats stats;
  for (const auto& segment : list->graphs) {
    stats.graph_points += segment->live();
    stats.dead += segment->points() - segment->live();
    stats.memory_bytes += segment->memory_bytes();
  }
  stats.points = stats.graph_points;
  for (const auto& segment : list->flats) {
    const uint32_t dead = segment->dead();  // before the size: never more dead than points
    stats.points += segment->size() - dead;
    stats.dead += dead;
    stats.memory_bytes += segment->memory_bytes();
  }
  stats.segments = list->graphs.size() + list->flats.size();
  return stats;
}

void SegmentedIndex::Consolidate() {
  MutexLock lock(mutex_);
  if (!IsScattered(list_)) return;
  SealRest();
  consolidate_ = true;
  builds_.Request();
}

void SegmentedIndex::WaitUntilIndexed() {
  {
    MutexLock lock(mutex_);
    SealRest();
  }
  builds_.RequestAndWait();
}

bool SegmentedIndex::BuildAll() {
  for (BuildPlan plan = NextPlan(); !plan.empty(); plan = NextPlan()) {
    if (const absl::Status built = BuildOne(plan); !built.ok()) {
      ReportFailure(built);
      MutexLock lock(mutex_);
      build_failure_ = built;
      built_.notify_all();
      return false;  // the points stay scanned; the next seal tries again
    }
    SaveIfDue();
  }
  return true;
}

BuildPlan SegmentedIndex::NextPlan() {
  MutexLock lock(mutex_);
  BuildOptions options = build_options_;
  if (std::exchange(consolidate_, false)) options.growth_divisor = kQuietDivisor;
  BuildPlan plan = PlanBuild(list_, options);
  if (plan.empty()) build_failure_ = absl::OkStatus();
  return plan;
}

absl::Status SegmentedIndex::BuildOne(const BuildPlan& plan) {
  uint64_t number;
  BuildOptions build;
  {
    MutexLock lock(mutex_);
    number = next_number_++;
    build = build_options_;
  }
  ASSIGN_OR_RETURN(std::shared_ptr<GraphSegment> built, BuildSegment(plan, build, number, stop_));
  if (options_.vector_storage == VectorStorage::float32) {
    Install(plan, std::move(built));
  } else {
    MutexLock files(files_mutex_);  // until it is listed: a Save would remove the file of an unknown segment
    Install(plan, Settle(std::move(built)));
  }
  return absl::OkStatus();
}

std::shared_ptr<GraphSegment> SegmentedIndex::Settle(std::shared_ptr<GraphSegment> built) {
  if (built == nullptr || options_.directory.empty()) return built;
  absl::StatusOr<std::shared_ptr<GraphSegment>> settled = store_.Settle(*built);
  if (settled.ok()) return *std::move(settled);
  ReportFailure(settled.status());
  return built;
}

void SegmentedIndex::Install(const BuildPlan& plan, std::shared_ptr<GraphSegment> built) {
  MutexLock lock(mutex_);
  if (built != nullptr) CarryRemovals(plan, *built);
  list_ = Replace(list_, plan, std::move(built));
  unsaved_points_ += NewPoints(plan);
  Publish();
  built_.notify_all();
}

void SegmentedIndex::SaveIfDue() {
  if (options_.directory.empty()) return;
  std::optional<uint64_t> lsn;
  absl::Status saved;
  {
    MutexLock files(files_mutex_);
    lsn = DueLsn();
    if (lsn) saved = SaveState(*lsn);
  }
  if (!saved.ok()) return ReportFailure(saved);
  if (lsn && options_.on_saved) options_.on_saved(*lsn);
}

std::optional<uint64_t> SegmentedIndex::DueLsn() {
  MutexLock lock(mutex_);
  uint64_t points = 0;
  for (const auto& segment : list_.graphs) points += segment->live();
  if (store_.HasManifest() && unsaved_points_ * kSaveDivisor < points) return std::nullopt;
  return applied_lsn_;
}

void SegmentedIndex::ReportFailure(const absl::Status& status) const {
  if (options_.on_failure && !absl::IsCancelled(status)) options_.on_failure(status);
}

void SegmentedIndex::SetParams(const IndexParams& params) {
  ef_search_.store(params.ef_search, std::memory_order_relaxed);
  MutexLock lock(mutex_);
  build_options_.params = params;
}

void SegmentedIndex::SetAppliedLsn(uint64_t lsn) {
  MutexLock lock(mutex_);
  applied_lsn_ = std::max(applied_lsn_, lsn);
}

absl::Status SegmentedIndex::Save(uint64_t lsn) {
  if (options_.directory.empty()) return absl::OkStatus();
  SetAppliedLsn(lsn);
  MutexLock files(files_mutex_);
  return IsSaved(lsn) ? absl::OkStatus() : SaveState(lsn);
}

// So that a thousand collections that nobody wrote to stop, and start, at once.
bool SegmentedIndex::IsSaved(uint64_t lsn) const {
  MutexLock lock(mutex_);
  bool held = lsn == saved_lsn_;
  for (const auto& segment : list_.graphs) held = held && store_.Holds(*segment);
  return held;
}

// Segments numbered from here on are built of what lives now, so each of the others is rebuilt once at most.
absl::Status SegmentedIndex::RebuildWasted() {
  MutexLock lock(mutex_);
  SealRest();
  const std::vector<std::shared_ptr<FlatSegment>> sealed(list_.flats.begin(), list_.flats.end() - 1);
  const uint64_t first_new = next_number_;
  build_options_.no_waste_before = first_new;
  build_failure_ = absl::OkStatus();
  const auto is_left = [&](const SegmentList& list) {
    return std::ranges::any_of(
               list.graphs,
               [&](const auto& graph) { return graph->number() < first_new && TooMuchWaste(*graph, 0); }) ||
           std::ranges::any_of(
               list.flats, [&](const auto& flat) { return std::ranges::find(sealed, flat) != sealed.end(); });
  };
  while (is_left(list_) && build_failure_.ok()) {
    builds_.Request();  // again where the pool refused
    built_.wait_for(mutex_, kAskAgain);
  }
  build_options_.no_waste_before = 0;
  return build_failure_;
}

absl::Status SegmentedIndex::Compact() {
  MutexLock compacting(compact_mutex_);
  RETURN_IF_ERROR(RebuildWasted());
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

absl::Status SegmentedIndex::SaveState(uint64_t lsn) {
  SegmentList list;
  uint64_t flat_number;
  uint64_t unsaved;
  {
    MutexLock lock(mutex_);
    list = list_;
    flat_number = next_number_++;
    unsaved = unsaved_points_;
  }
  FlatRows living;
  for (const auto& flat : list.flats) AddLiving(*flat, options_.dimensions, living);
  RETURN_IF_ERROR(store_.Save({list.graphs, std::move(living), lsn}, flat_number));
  saved_lsn_ = lsn;
  MutexLock lock(mutex_);
  unsaved_points_ -= unsaved;
  return absl::OkStatus();
}

}  // namespace voisin::index
