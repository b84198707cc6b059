#include "encoder/caching_scheduler.h"

#include <array>
#include <atomic>
#include <map>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/mutex.h"

namespace voisin::encoder {
namespace {

using Done = BatchScheduler::Done;

// One call of Submit. `asked` is as the caller gave it, without its texts: those are the ends of `keys`.
struct Request {
  Request(EncodeJob job, Done d) : asked(std::move(job)), done(std::move(d)) {}

  EncodeJob asked;
  const Done done;
  const absl::Time submitted = absl::Now();
  size_t prefix_size = 0;  // of each key, before the text
  std::vector<std::string> keys;
  int64_t bytes = 0;  // counted as waiting
  Mutex mutex;
  EncodeResult result ABSL_GUARDED_BY(mutex);
  size_t left ABSL_GUARDED_BY(mutex) = 0;  // texts without a result
  bool finished ABSL_GUARDED_BY(mutex) = false;
};
using RequestPointer = std::shared_ptr<Request>;
using Indexes = std::vector<size_t>;

// Those who wait for one text, without the request that has it encoded.
struct Waiter {
  RequestPointer request;
  size_t index = 0;
};
using Flights = std::unordered_map<std::string, std::vector<Waiter>>;  // by key

absl::Status Refusal(const EncodeJob& job) {
  if (job.cancelled && job.cancelled()) return absl::CancelledError("the caller cancelled the request");
  if (job.deadline <= absl::Now()) return absl::DeadlineExceededError("the deadline passed before encoding");
  return absl::OkStatus();
}

class Caching : public CachingScheduler {
 public:
  Caching(std::unique_ptr<BatchScheduler> inner, const ModelInfo& info, EmbeddingCache& cache,
          int64_t max_waiting_bytes)
      : fingerprint_(info.fingerprint),
        collapse_whitespace_(info.collapse_whitespace),
        max_waiting_bytes_(max_waiting_bytes),
        cache_(cache),
        scheduler_(*inner),
        inner_(std::move(inner)) {}

  absl::Status Submit(EncodeJob job, Done done) override;
  Counts counts() const override { return {hits_, misses_}; }

 private:
  // What all keys of a job begin with.
  std::string KeyPrefix(const EncodeJob& job) const;
  RequestPointer MakeRequest(EncodeJob job, Done done) const;
  // Fills what is cached; returns the rest.
  Indexes TakeCached(Request& request);
  absl::Status Reserve(Request& request);

  // Waits for, or has encoded, these texts of `request`.
  absl::Status Start(const RequestPointer& request, const Indexes& indexes);
  // Joins the flights that `request` may wait for, opens one for each other text and returns those.
  Indexes Board(const RequestPointer& request, const Indexes& indexes);
  bool Join(const RequestPointer& request, size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Launch(const RequestPointer& request, const Indexes& own);
  void Land(const RequestPointer& request, const Indexes& own, EncodeResult result);
  // The flights of `request` ended with nothing: who waited starts again.
  void Abandon(const RequestPointer& request, const Indexes& own);
  std::vector<Waiter> Close(const Request& request, size_t index);

  void Deliver(Request& request, size_t index, const EncodedText& text);
  void Finish(Request& request);
  void Fail(Request& request, absl::Status status);
  // True for the first who ends the request.
  bool End(Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(request.mutex);

  const std::string fingerprint_;
  const bool collapse_whitespace_;
  const int64_t max_waiting_bytes_;
  EmbeddingCache& cache_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
  std::atomic<int64_t> waiting_bytes_ = 0;
  Mutex mutex_;
  std::array<Flights, 2> flights_ ABSL_GUARDED_BY(mutex_);  // by lane
  BatchScheduler& scheduler_;                               // *inner_, also while it ends
  const std::unique_ptr<BatchScheduler> inner_;             // last: its threads use what is above
};

size_t LaneIndex(Lane lane) { return static_cast<size_t>(lane); }

std::string Caching::KeyPrefix(const EncodeJob& job) const {
  return absl::StrCat(fingerprint_, static_cast<int>(job.truncation), ":", job.prompt.size(), ":",
                      job.prompt);
}

RequestPointer Caching::MakeRequest(EncodeJob job, Done done) const {
  const std::vector<std::string> texts = std::exchange(job.texts, {});
  auto request = std::make_shared<Request>(std::move(job), std::move(done));
  const std::string prefix = KeyPrefix(request->asked);
  request->prefix_size = prefix.size();
  request->keys.reserve(texts.size());
  for (const std::string& text : texts) {
    request->keys.push_back(prefix + (collapse_whitespace_ ? CollapseWhitespace(text) : text));
  }
  return request;
}

absl::Status Caching::Submit(EncodeJob job, Done done) {
  if (absl::Status refusal = Refusal(job); !refusal.ok()) {
    done(std::move(refusal));
    return absl::OkStatus();
  }
  const RequestPointer request = MakeRequest(std::move(job), std::move(done));
  const Indexes rest = TakeCached(*request);
  if (rest.empty()) {
    Finish(*request);
    return absl::OkStatus();
  }
  if (absl::Status full = Reserve(*request); !full.ok()) return full;
  absl::Status started = Start(request, rest);
  if (started.ok()) return started;
  MutexLock lock(request->mutex);
  return End(*request) ? started : absl::OkStatus();
}

Indexes Caching::TakeCached(Request& request) {
  Indexes rest;
  MutexLock lock(request.mutex);
  request.result.texts.resize(request.keys.size());
  for (size_t i = 0; i < request.keys.size(); ++i) {
    if (std::optional<EncodedText> cached = cache_.Find(request.keys[i])) {
      request.result.texts[i] = *std::move(cached);
    } else {
      rest.push_back(i);
    }
  }
  request.left = rest.size();
  hits_ += request.keys.size() - rest.size();
  return rest;
}

absl::Status Caching::Reserve(Request& request) {
  int64_t bytes = 0;
  for (const std::string& key : request.keys) bytes += static_cast<int64_t>(key.size());
  const int64_t before = waiting_bytes_.fetch_add(bytes);
  request.bytes = bytes;
  if (before == 0 || before + bytes <= max_waiting_bytes_) return absl::OkStatus();
  waiting_bytes_ -= bytes;
  return absl::ResourceExhaustedError(absl::StrCat("texts of ", before,
                                                   " bytes wait to be encoded, of at most ",
                                                   max_waiting_bytes_, "; the request has ", bytes));
}

absl::Status Caching::Start(const RequestPointer& request, const Indexes& indexes) {
  const Indexes own = Board(request, indexes);
  if (own.empty()) return absl::OkStatus();
  absl::Status launched = Launch(request, own);
  if (!launched.ok()) Abandon(request, own);
  return launched;
}

Indexes Caching::Board(const RequestPointer& request, const Indexes& indexes) {
  Indexes own;
  MutexLock lock(mutex_);
  for (const size_t index : indexes) {
    if (Join(request, index)) continue;
    flights_[LaneIndex(request->asked.lane)].try_emplace(request->keys[index]);
    own.push_back(index);
  }
  return own;
}

bool Caching::Join(const RequestPointer& request, size_t index) {
  for (const Lane lane : {Lane::query, Lane::ingest}) {
    if (lane == Lane::ingest && request->asked.lane == Lane::query) return false;
    Flights& flights = flights_[LaneIndex(lane)];
    const auto found = flights.find(request->keys[index]);
    if (found == flights.end()) continue;
    found->second.push_back({request, index});
    return true;
  }
  return false;
}

absl::Status Caching::Launch(const RequestPointer& request, const Indexes& own) {
  EncodeJob job = request->asked;
  job.numbers.clear();
  for (const size_t index : own) {
    job.texts.push_back(request->keys[index].substr(request->prefix_size));
    job.numbers.push_back(request->asked.numbers.empty() ? index : request->asked.numbers[index]);
  }
  return scheduler_.Submit(std::move(job), [this, request, own](absl::StatusOr<EncodeResult> result) {
    if (result.ok()) return Land(request, own, *std::move(result));
    Abandon(request, own);
    Fail(*request, std::move(result).status());
  });
}

void Caching::Land(const RequestPointer& request, const Indexes& own, EncodeResult result) {
  misses_ += own.size();
  {
    MutexLock lock(request->mutex);
    request->result.tokenize += result.tokenize;
    request->result.queue += result.queue;
    request->result.encode += result.encode;
  }
  for (size_t i = 0; i < own.size(); ++i) {
    cache_.Insert(request->keys[own[i]], result.texts[i]);  // before the flight ends: who comes now finds it
    for (const Waiter& waiter : Close(*request, own[i])) {
      ++hits_;
      Deliver(*waiter.request, waiter.index, result.texts[i]);
    }
    Deliver(*request, own[i], result.texts[i]);
  }
}

void Caching::Abandon(const RequestPointer& request, const Indexes& own) {
  std::map<std::pair<absl::Time, RequestPointer>, Indexes> stranded;  // who came first starts first
  for (const size_t index : own) {
    for (const Waiter& waiter : Close(*request, index))
      stranded[{waiter.request->submitted, waiter.request}].push_back(waiter.index);
  }
  stranded.erase({request->submitted, request});  // its own repeated texts end with it
  for (const auto& [place, indexes] : stranded) {
    const RequestPointer& waiting = place.second;
    if (absl::Status started = Start(waiting, indexes); !started.ok()) Fail(*waiting, std::move(started));
  }
}

std::vector<Waiter> Caching::Close(const Request& request, size_t index) {
  MutexLock lock(mutex_);
  auto node = flights_[LaneIndex(request.asked.lane)].extract(request.keys[index]);
  return std::move(node.mapped());
}

void Caching::Deliver(Request& request, size_t index, const EncodedText& text) {
  {
    MutexLock lock(request.mutex);
    if (request.finished) return;
    request.result.texts[index] = text;
    if (--request.left > 0) return;
  }
  Finish(request);
}

void Caching::Finish(Request& request) {
  EncodeResult result;
  {
    MutexLock lock(request.mutex);
    if (!End(request)) return;
    result = std::exchange(request.result, {});
  }
  if (result.encode == absl::ZeroDuration()) result.queue = absl::Now() - request.submitted;
  request.done(std::move(result));
}

void Caching::Fail(Request& request, absl::Status status) {
  {
    MutexLock lock(request.mutex);
    if (!End(request)) return;
  }
  request.done(std::move(status));
}

bool Caching::End(Request& request) {
  if (std::exchange(request.finished, true)) return false;
  waiting_bytes_ -= request.bytes;
  return true;
}

}  // namespace

std::unique_ptr<CachingScheduler> CachingScheduler::Create(std::unique_ptr<BatchScheduler> inner,
                                                           const ModelInfo& info, EmbeddingCache& cache,
                                                           int64_t max_waiting_bytes) {
  return std::make_unique<Caching>(std::move(inner), info, cache, max_waiting_bytes);
}

}  // namespace voisin::encoder
