#include "encoder/batch_scheduler.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "encoder/windows.h"

namespace voisin::encoder {
namespace {

// A job that was accepted and has not called `done` yet. The scheduler's mutex guards what is not const,
// except result.texts[i], which belongs to the worker that holds text i.
struct PendingJob {
  PendingJob(EncodeJob j, BatchScheduler::Done d) : job(std::move(j)), done(std::move(d)) {
    for (const std::string& text : job.texts) bytes += static_cast<int64_t>(text.size());
    left = job.texts.size();
    result.texts.resize(left);
  }

  const EncodeJob job;
  const BatchScheduler::Done done;
  const absl::Time submitted = absl::Now();
  int64_t bytes = 0;
  size_t next = 0;       // first text that no worker holds
  size_t left = 0;       // texts without a vector
  bool started = false;  // a forward pass has begun
  EncodeResult result;
  Mutex gate;  // held while `cancelled` is asked, so that it is never asked after `done`
  std::atomic<bool> finished{false};  // `done` has been or is being called; set with the gate held
};
using JobPointer = std::shared_ptr<PendingJob>;

// One text of a job, and its tokens once it has been tokenised. A long text in many windows goes through several
// passes, so that it holds nobody up and its job can end in between.
struct Slot {
  JobPointer job;
  size_t index = 0;
  std::unique_ptr<const TokenizedText> tokenized = {};  // null: not yet
  size_t next_window = 0;                               // first one that no pass has taken
  RowMean mean = {};                                    // of the windows before it

  bool complete() const { return next_window == tokenized->windows(); }
  const Encoding& window() const { return tokenized->window(next_window); }
  int32_t tokens() const { return static_cast<int32_t>(window().input_ids.size()); }
  EncodedText& output() const { return job->result.texts[index]; }
};

// Why `pending` must not be worked on any more.
absl::Status Refusal(PendingJob& pending) {
  MutexLock lock(pending.gate);
  const EncodeJob& job = pending.job;
  if (pending.finished) return absl::CancelledError("the request has ended");
  if (job.cancelled && job.cancelled()) return absl::CancelledError("the caller cancelled the request");
  if (job.deadline <= absl::Now()) return absl::DeadlineExceededError("the deadline passed before encoding");
  return absl::OkStatus();
}

size_t NumberOf(const EncodeJob& job, size_t index) {
  return job.numbers.empty() ? index : job.numbers[index];
}

absl::Status AboutText(size_t index, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("text ", index, ": ", std::string(status.message())));
}

// One forward pass being put together and run by one worker; its memory is reused.
struct Pass {
  std::vector<Slot> slots;
  Batch batch;
  std::vector<float> rows;

  void Clear() {
    slots.clear();
    batch.Clear();
  }
  bool Takes(const Slot& slot, int32_t max_tokens) const {
    return batch.size() == 0 || batch.tokens() + slot.tokens() <= max_tokens;
  }
  // As many windows as it takes.
  void Add(Slot slot, int32_t max_tokens) {
    while (!slot.complete() && Takes(slot, max_tokens)) {
      batch.Append(slot.window());
      ++slot.next_window;
    }
    slots.push_back(std::move(slot));
  }
};

class Scheduler : public BatchScheduler {
 public:
  Scheduler(const TextEncoder& encoder, Options options) : encoder_(encoder), options_(options) {
    for (int i = 0; i < std::max(1, options.threads); ++i) {
      threads_.emplace_back([this] { Work(Lane::query); });
      threads_.emplace_back([this] {
        LowerPriorityOfThisThread(kIngestNice);
        Work(Lane::ingest);
      });
    }
  }
  ~Scheduler() override;
  absl::Status Submit(EncodeJob job, Done done) override;

 private:
  // Slots come from `ready` (tokenised, but over the budget of the pass it was meant for), then in turns from
  // `jobs`, in order, and from `begun` (long texts with windows left).
  struct Queue {
    std::deque<Slot> ready;
    std::deque<Slot> begun;
    std::deque<JobPointer> jobs;
    bool begun_next = false;
    CondVar wake;
    bool empty() const { return ready.empty() && begun.empty() && jobs.empty(); }
  };
  Queue& QueueOf(Lane lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queues_[static_cast<size_t>(lane)];
  }

  void Work(Lane lane);
  // False when the scheduler has ended.
  bool WaitForWork(Lane lane);
  void WakeAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fill(Lane lane, Pass& pass);
  std::optional<Slot> Take(Lane lane);
  static Slot PopFront(std::deque<Slot>& slots);
  void PutBack(Lane lane, Slot slot);
  // False when the slot's job has ended instead.
  bool Tokenize(Slot& slot);
  void Run(Lane lane, Pass& pass);
  void MarkStarted(const Pass& pass, absl::Time start);
  void TakeRows(Pass& pass);
  void Deliver(const Pass& pass, absl::Duration encode);
  // Calls `done` unless it has been called; no lock is held.
  void Finish(const JobPointer& job, absl::Status status);

  const TextEncoder& encoder_;
  const Options options_;
  Mutex mutex_;
  std::array<Queue, 2> queues_ ABSL_GUARDED_BY(mutex_);
  int64_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t unfinished_ ABSL_GUARDED_BY(mutex_) = 0;  // jobs whose `done` has not returned
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // fixed after construction
};

Scheduler::~Scheduler() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    WakeAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Scheduler::Submit(EncodeJob job, Done done) {
  const Lane lane = job.lane;
  auto pending = std::make_shared<PendingJob>(std::move(job), std::move(done));
  {
    MutexLock lock(mutex_);
    if (queued_bytes_ > 0 && queued_bytes_ + pending->bytes > options_.max_queued_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat("the encoder's queue holds ", queued_bytes_,
                                                       " of at most ", options_.max_queued_bytes,
                                                       " bytes; the request has ", pending->bytes));
    }
    queued_bytes_ += pending->bytes;
    ++unfinished_;
    QueueOf(lane).jobs.push_back(std::move(pending));
    QueueOf(lane).wake.notify_all();
  }
  return absl::OkStatus();
}

void Scheduler::Work(Lane lane) {
  Pass pass;
  while (WaitForWork(lane)) {
    Fill(lane, pass);
    if (!pass.slots.empty()) Run(lane, pass);
    pass.Clear();
  }
}

bool Scheduler::WaitForWork(Lane lane) {
  MutexLock lock(mutex_);
  Queue& queue = QueueOf(lane);
  while (queue.empty()) {
    if (stopping_ && unfinished_ == 0) return false;
    queue.wake.wait(mutex_);
  }
  return true;
}

void Scheduler::WakeAll() {
  for (Queue& queue : queues_) queue.wake.notify_all();
}

void Scheduler::Fill(Lane lane, Pass& pass) {
  while (pass.slots.empty() || pass.batch.tokens() < options_.max_batch_tokens) {
    std::optional<Slot> slot = Take(lane);
    if (!slot.has_value()) return;
    if (!Tokenize(*slot)) continue;
    if (!pass.Takes(*slot, options_.max_batch_tokens)) return PutBack(lane, *std::move(slot));
    pass.Add(*std::move(slot), options_.max_batch_tokens);
  }
}

std::optional<Slot> Scheduler::Take(Lane lane) {
  MutexLock lock(mutex_);
  Queue& queue = QueueOf(lane);
  if (!queue.ready.empty()) return PopFront(queue.ready);
  while (!queue.jobs.empty() && queue.jobs.front()->finished) queue.jobs.pop_front();
  const bool begun = !queue.begun.empty() && (queue.begun_next || queue.jobs.empty());
  queue.begun_next = !begun && !queue.begun.empty();
  if (begun) return PopFront(queue.begun);
  if (queue.jobs.empty()) return std::nullopt;
  JobPointer job = queue.jobs.front();
  const size_t index = job->next++;
  if (job->next >= job->job.texts.size()) queue.jobs.pop_front();
  return Slot{std::move(job), index};
}

Slot Scheduler::PopFront(std::deque<Slot>& slots) {
  Slot slot = std::move(slots.front());
  slots.pop_front();
  return slot;
}

void Scheduler::PutBack(Lane lane, Slot slot) {
  MutexLock lock(mutex_);
  std::deque<Slot>& slots = slot.next_window == 0 ? QueueOf(lane).ready : QueueOf(lane).begun;
  slots.push_back(std::move(slot));
  QueueOf(lane).wake.notify_one();
}

bool Scheduler::Tokenize(Slot& slot) {
  const EncodeJob& job = slot.job->job;
  if (absl::Status refusal = Refusal(*slot.job); !refusal.ok() || job.texts.empty()) {
    Finish(slot.job, std::move(refusal));
    return false;
  }
  if (slot.tokenized != nullptr) return true;
  const absl::Time start = absl::Now();
  const std::string& text = job.texts[slot.index];
  auto tokenized = encoder_.info().collapse_whitespace
                       ? encoder_.Tokenize(CollapseWhitespace(text), job.truncation, job.prompt)
                       : encoder_.Tokenize(text, job.truncation, job.prompt);
  if (!tokenized.ok()) {
    Finish(slot.job, AboutText(NumberOf(job, slot.index), tokenized.status()));
    return false;
  }
  slot.tokenized = std::make_unique<const TokenizedText>(*std::move(tokenized));
  MutexLock lock(mutex_);
  slot.job->result.tokenize += absl::Now() - start;
  return true;
}

void Scheduler::Run(Lane lane, Pass& pass) {
  const absl::Time start = absl::Now();
  MarkStarted(pass, start);
  const auto width = static_cast<size_t>(encoder_.info().dimensions);
  pass.rows.resize(static_cast<size_t>(pass.batch.size()) * width);
  if (const absl::Status status = encoder_.Encode(pass.batch, pass.rows); !status.ok()) {
    for (const Slot& slot : pass.slots) Finish(slot.job, status);
    return;
  }
  TakeRows(pass);
  Deliver(pass, absl::Now() - start);
  for (Slot& slot : pass.slots) {
    if (!slot.complete()) PutBack(lane, std::move(slot));
  }
}

void Scheduler::TakeRows(Pass& pass) {
  const auto width = static_cast<size_t>(encoder_.info().dimensions);
  const float* row = pass.rows.data();
  for (Slot& slot : pass.slots) {
    for (; slot.mean.rows() < slot.next_window; row += width) slot.mean.Add({row, width});
    if (!slot.complete()) continue;
    const TokenizedText& text = *slot.tokenized;
    slot.output() = {slot.mean.Take(encoder_.info().normalize), text.token_count, text.truncated,
                     static_cast<uint32_t>(text.windows())};
  }
}

void Scheduler::MarkStarted(const Pass& pass, absl::Time start) {
  MutexLock lock(mutex_);
  for (const Slot& slot : pass.slots) {
    if (slot.job->started) continue;
    slot.job->started = true;
    slot.job->result.queue = start - slot.job->submitted;
  }
}

void Scheduler::Deliver(const Pass& pass, absl::Duration encode) {
  std::vector<JobPointer> complete;
  {
    MutexLock lock(mutex_);
    const PendingJob* counted = nullptr;  // the slots of one job are neighbours
    for (const Slot& slot : pass.slots) {
      if (slot.job.get() != counted) slot.job->result.encode += encode;
      counted = slot.job.get();
      if (slot.complete() && --slot.job->left == 0) complete.push_back(slot.job);
    }
  }
  for (const JobPointer& job : complete) Finish(job, absl::OkStatus());
}

void Scheduler::Finish(const JobPointer& job, absl::Status status) {
  {
    MutexLock lock(job->gate);
    if (job->finished.exchange(true)) return;
  }
  {
    MutexLock lock(mutex_);
    queued_bytes_ -= job->bytes;
  }
  if (status.ok()) {
    job->done(std::move(job->result));
  } else {
    job->done(std::move(status));
  }
  MutexLock lock(mutex_);
  if (--unfinished_ == 0 && stopping_) WakeAll();
}

}  // namespace

std::unique_ptr<BatchScheduler> BatchScheduler::Create(const TextEncoder& encoder, Options options) {
  return std::make_unique<Scheduler>(encoder, options);
}

}  // namespace voisin::encoder
