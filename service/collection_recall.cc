#include <algorithm>
#include <random>

#include "base/status_macros.h"
#include "service/collection.h"
#include "service/errors.h"
#include "service/recall.h"

namespace voisin::service {
namespace {

constexpr uint32_t kDefaultSample = 100;
constexpr uint32_t kMaxSample = 1000;
// A watched measurement compares about so many vectors with queries to know the truth: seconds of one thread.
constexpr uint64_t kWatchedComparisons = 50'000'000;
constexpr uint64_t kMinWatched = 10, kMaxWatched = 100;  // queries

// Of so many points, some, spread evenly at random.
std::vector<storage::PointId> Some(std::vector<storage::PointId> points, size_t count) {
  std::vector<storage::PointId> some;
  std::mt19937_64 random(points.size());  // the same ones again while nothing is written
  std::ranges::sample(points, std::back_inserter(some), static_cast<std::ptrdiff_t>(count), random);
  return some;
}

}  // namespace

absl::Status CheckRecallRequest(const RecallRequest& request) {
  if (request.sample <= kMaxSample) return absl::OkStatus();
  return InvalidField("sample", "expected 1 to " + std::to_string(kMaxSample) +
                                    " (0: " + std::to_string(kDefaultSample) + "), got " +
                                    std::to_string(request.sample));
}

// Vectors of documents that live, to be asked for where nobody has asked yet.
absl::Status Collection::AddStoredQueries(size_t count, std::vector<std::vector<float>>& queries) const {
  ASSIGN_OR_RETURN(const storage::FilterMatch match,
                   runtime_.store.Match(number(), storage::Filter(), NowMicros()));
  const std::vector<storage::PointId> points = Some(match.points.ascending(), count);
  ASSIGN_OR_RETURN(auto documents, runtime_.store.GetPoints(
                                       number(), points, {.text = false, .metadata = false, .vector = true}));
  for (auto& stored : documents) {
    if (stored) queries.push_back(std::move(stored->document.vector));
  }
  return absl::OkStatus();
}

absl::StatusOr<RecallMeter> Collection::MakeMeter(size_t sample, RecallReport& report,
                                                  const std::function<bool()>& stop) const {
  std::vector<std::vector<float>> queries = queries_.Newest(sample);
  report.live_queries = static_cast<uint32_t>(queries.size());
  if (queries.size() < sample) RETURN_IF_ERROR(AddStoredQueries(sample - queries.size(), queries));
  report.stored_queries = static_cast<uint32_t>(queries.size()) - report.live_queries;
  return RecallMeter::Make(*index_, std::move(queries), stop);
}

absl::StatusOr<RecallReport> Collection::MeasureRecall(uint32_t sample, const std::function<bool()>& stop) {
  RecallReport report;
  ASSIGN_OR_RETURN(const RecallMeter meter, MakeMeter(sample == 0 ? kDefaultSample : sample, report, stop));
  report.ef = definition().params.ef_search;
  ASSIGN_OR_RETURN(report.recall, meter.RecallAt(report.ef));
  Publish(report);
  return report;
}

void Collection::Publish(const RecallReport& report) {
  {
    MutexLock lock(mutex_);
    measured_recall_ = report.recall;
  }
  const double target = definition().target_recall;
  if (report.recall >= target) return;
  runtime_.log.Warning(
      "recall_below_target",
      {{"collection", id()}, {"recall", report.recall}, {"target", target}, {"ef", uint64_t{report.ef}}});
}

// Is there anything that a new measurement could tell?
bool Collection::RecallIsStale(const Watched& now) const {
  if (now.graph_points == 0) return false;  // all is scanned
  const bool is_asked = now.queries > watched_.queries;
  const bool is_rebuilt = now.segments != watched_.segments ||
                          now.graph_points > watched_.graph_points + watched_.graph_points / 20;
  return is_asked || (now.target > 0 && (is_rebuilt || now.target != watched_.target));
}

absl::Status Collection::WatchRecall(const std::function<bool()>& stop) {
  const CollectionDefinition known = definition();
  const index::IndexStats stats = index_->Stats();
  const Watched now{queries_.seen(), stats.graph_points, stats.segments, known.target_recall};
  if (!RecallIsStale(now)) return absl::OkStatus();
  RecallReport report;
  const uint64_t sample =
      std::clamp(kWatchedComparisons / std::max<uint64_t>(1, stats.points), kMinWatched, kMaxWatched);
  ASSIGN_OR_RETURN(const RecallMeter meter, MakeMeter(sample, report, stop));
  report.ef = known.params.ef_search;
  ASSIGN_OR_RETURN(report.recall, meter.RecallAt(report.ef));
  if (known.target_recall > 0) RETURN_IF_ERROR(TuneEf(meter, known.target_recall, report));
  Publish(report);
  watched_ = now;
  return absl::OkStatus();
}

// Leaves an ef that holds the target and is little larger than the smallest one: samples differ.
absl::Status Collection::TuneEf(const RecallMeter& meter, double target, RecallReport& report) {
  ASSIGN_OR_RETURN(const uint32_t smallest, meter.SmallestEf(target));
  const bool is_close = uint64_t{smallest} * 4 >= uint64_t{report.ef} * 3;
  if (report.recall >= target && is_close) return absl::OkStatus();
  MutexLock updating(update_mutex_);
  CollectionDefinition changed = definition();
  changed.params.ef_search = smallest;
  RETURN_IF_ERROR(Define(changed));
  index_->SetParams(changed.params);
  runtime_.log.Info("ef_tuned",
                    {{"collection", id()}, {"ef", uint64_t{smallest}}, {"was", uint64_t{report.ef}}});
  report.ef = smallest;
  ASSIGN_OR_RETURN(report.recall, meter.RecallAt(smallest));
  return absl::OkStatus();
}

}  // namespace voisin::service
