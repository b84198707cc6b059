#include "clients/cli/upsert_pipeline.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

constexpr int kMostTries = 12;  // of a batch that a full queue refuses
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

}  // namespace

UpsertPipeline::UpsertPipeline(client::Client& client, size_t parallel) : client_(client) {
  for (size_t i = 0; i < parallel; ++i) threads_.emplace_back([this] { Run(); });
}

UpsertPipeline::~UpsertPipeline() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

absl::Status UpsertPipeline::Add(UpsertBatch batch) {
  MutexLock lock(mutex_);
  while (in_flight_ >= threads_.size() && error_.ok()) changed_.wait(mutex_);
  if (!error_.ok()) return error_;
  for (const v1::Document& document : batch.request.documents()) ids_.insert(document.id());
  waiting_.push_back(std::move(batch));
  ++in_flight_;
  changed_.notify_all();
  return absl::OkStatus();
}

absl::Status UpsertPipeline::WaitForAll() {
  MutexLock lock(mutex_);
  while (in_flight_ > 0) changed_.wait(mutex_);
  return error_;
}

bool UpsertPipeline::Holds(const std::string& id) {
  MutexLock lock(mutex_);
  return ids_.contains(id);
}

UpsertPipeline::Counts UpsertPipeline::counts() {
  MutexLock lock(mutex_);
  return counts_;
}

std::vector<UpsertPipeline::Refusal> UpsertPipeline::TakeRefusals() {
  MutexLock lock(mutex_);
  return std::exchange(refusals_, {});
}

void UpsertPipeline::Run() {
  for (;;) {
    UpsertBatch batch;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
      if (waiting_.empty()) return;
      batch = std::move(waiting_.front());
      waiting_.pop_front();
    }
    std::vector<std::string> ids;
    for (const v1::Document& document : batch.request.documents()) ids.push_back(document.id());
    Send(batch);
    MutexLock lock(mutex_);
    for (const std::string& id : ids) ids_.erase(id);
    --in_flight_;
    changed_.notify_all();
  }
}

void UpsertPipeline::Send(UpsertBatch& batch) {
  while (!batch.request.documents().empty()) {
    const auto answer = Upsert(batch);
    if (!answer.ok() && SetApart(batch, answer.status())) continue;
    MutexLock lock(mutex_);
    if (answer.ok()) {
      counts_.documents += answer->upserted();
      counts_.truncated += answer->truncated();
    } else if (error_.ok()) {
      error_ = answer.status();
    }
    return;
  }
}

absl::StatusOr<v1::UpsertDocumentsResponse> UpsertPipeline::Upsert(const UpsertBatch& batch) {
  absl::Duration pause = kFirstPause;
  for (int tries = 1;; ++tries) {
    auto answer = client_.UpsertDocuments(batch.request);
    if (!absl::IsResourceExhausted(answer.status()) || tries == kMostTries) return answer;
    absl::SleepFor(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

bool UpsertPipeline::SetApart(UpsertBatch& batch, const absl::Status& status) {
  if (!absl::IsInvalidArgument(status)) return false;
  const auto named = FindElement(MessageOf(status), "documents");
  if (!named || named->index >= batch.origins.size()) return false;
  const auto at = static_cast<std::ptrdiff_t>(named->index);
  MutexLock lock(mutex_);
  refusals_.push_back({batch.origins[named->index], WithMessage(status, named->message)});
  batch.request.mutable_documents()->DeleteSubrange(static_cast<int>(at), 1);
  batch.origins.erase(batch.origins.begin() + at);
  return true;
}

}  // namespace voisin::cli
