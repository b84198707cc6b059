#include "storage/rocks_log.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rocks_group.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

constexpr size_t kMaxGroupEntries = 1024;
constexpr size_t kMaxGroupBytes = 16 << 20;
constexpr size_t kWorthASync = 64 << 10;  // bytes whose writing takes about as long as a sync
constexpr int64_t kSweepEveryUs = int64_t{3600} * 1'000'000;
constexpr size_t kSweepBatch = 10'000;

size_t BytesOf(const Value& value);

size_t BytesOf(const Object& object) {
  size_t bytes = 0;
  for (const auto& [key, value] : object) bytes += sizeof(Value) + key.size() + BytesOf(value);
  return bytes;
}

// About what it takes in memory.
size_t BytesOf(const Value& value) {
  size_t bytes = sizeof(Value);
  if (const auto* text = std::get_if<std::string>(&value.data)) bytes += text->size();
  if (const auto* object = std::get_if<Object>(&value.data)) bytes += BytesOf(*object);
  if (const auto* list = std::get_if<List>(&value.data)) {
    for (const Value& element : *list) bytes += BytesOf(element);
  }
  return bytes;
}

size_t BytesOf(const Entry& entry) {
  size_t bytes = sizeof(Entry) + entry.request_id.size();
  for (const Deletion& deletion : entry.deletions) bytes += sizeof(Deletion) + deletion.id.size();
  for (const Document& document : entry.upserts) {
    bytes += sizeof(Document) + document.id.size() + document.text.size() + BytesOf(document.metadata) +
             document.vector.size() * sizeof(float) + document.terms.size() * sizeof(TermCount);
  }
  return bytes;
}

}  // namespace

Log::Log(Database& database, Catalog& catalog, size_t max_queued_bytes, std::function<int64_t()> clock_us)
    : database_(database),
      catalog_(catalog),
      max_queued_bytes_(max_queued_bytes),
      clock_us_(std::move(clock_us)),
      next_sweep_us_(clock_us_() + kSweepEveryUs),
      answering_({.threads = 1, .max_queued = std::numeric_limits<size_t>::max(), .nice = kWriteNice}),
      thread_([this] { Run(); }) {}

Log::~Log() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

absl::Status Log::Append(Entry entry, DocumentStore::Done done) {
  const size_t bytes = BytesOf(entry);
  {
    MutexLock lock(mutex_);
    const size_t queued = waiting_bytes_ + unanswered_bytes_;
    if (queued > 0 && queued + bytes > max_queued_bytes_) {
      return absl::ResourceExhaustedError(absl::StrCat("the write queue is full: ", queued, " bytes wait, ",
                                                       bytes, " more would exceed its ", max_queued_bytes_));
    }
    waiting_bytes_ += bytes;
    queue_.push_back({std::move(entry), std::move(done), bytes});
  }
  wake_.notify_one();
  return absl::OkStatus();
}

void Log::Run() {
  LowerPriorityOfThisThread(kWriteNice);
  while (true) {
    Waitings group = TakeGroup();
    if (group.empty()) return;
    Answers answers = Commit(group);
    HandOver(std::move(group), std::move(answers));
    SweepNowAndThen();
  }
}

Log::Waitings Log::TakeGroup() {
  MutexLock lock(mutex_);
  while (!HasGroup() && !stopping_) wake_.wait(mutex_);
  Waitings group;
  size_t bytes = 0;
  while (!queue_.empty() && group.size() < kMaxGroupEntries && bytes < kMaxGroupBytes) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  waiting_bytes_ -= bytes;
  unanswered_bytes_ += bytes;
  return group;
}

bool Log::HasGroup() const {
  return !queue_.empty() && (unanswered_bytes_ == 0 || waiting_bytes_ >= kWorthASync);
}

Log::Answers Log::Commit(const Waitings& group) {
  std::vector<const Entry*> entries;
  for (const Waiting& waiting : group) entries.push_back(&waiting.entry);

  MutexLock writing(database_.writing());
  Group together(database_, catalog_, clock_us_());
  together.Load(entries);
  Answers answers;
  for (const Entry* entry : entries) answers.push_back(together.Apply(*entry));
  if (together.empty()) return answers;

  absl::Status written = together.Close();
  if (written.ok()) written = database_.WriteSynced(together.batch(), together.TakePostings());
  if (written.ok()) {
    catalog_.Publish(together.states());
    return answers;
  }
  for (auto& answer : answers) {
    if (answer.ok()) answer = written;
  }
  return answers;
}

void Log::HandOver(Waitings group, Answers answers) {
  const auto written = std::make_shared<Written>(std::move(group), std::move(answers));
  // Only a pool that shuts down refuses, and it outlives the thread that writes.
  (void)answering_.TrySchedule([this, written] { Answer(*written); });
}

void Log::Answer(Written& written) {
  auto& [group, answers] = written;
  size_t bytes = 0;
  for (size_t i = 0; i < group.size(); ++i) {
    bytes += group[i].bytes;
    group[i].done(std::move(group[i].entry), std::move(answers[i]));
  }
  {
    MutexLock lock(mutex_);
    unanswered_bytes_ -= bytes;
  }
  wake_.notify_one();
}

void Log::SweepNowAndThen() {
  const int64_t now_us = clock_us_();
  if (now_us < next_sweep_us_) return;
  next_sweep_us_ = now_us + kSweepEveryUs;
  // What fails here fails again, and is told, at the next write.
  SweepRequests(database_, now_us).IgnoreError();
}

absl::Status SweepRequests(Database& database, int64_t now_us) {
  MutexLock writing(database.writing());
  rocksdb::ReadOptions scan;
  scan.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> row(database.db().NewIterator(scan, database.table(Table::requests)));
  rocksdb::WriteBatch batch;
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    const absl::StatusOr<RequestRecord> record = DecodeRequest(ToView(row->value()));
    if (!record.ok() || record->time_us >= now_us - kRequestLifeUs) continue;
    batch.Delete(database.table(Table::requests), row->key());
    if (batch.Count() < kSweepBatch) continue;
    RETURN_IF_ERROR(database.WriteSoon(batch));
    batch.Clear();
  }
  RETURN_IF_ERROR(FromRocks(row->status(), "reading the request ids"));
  return database.WriteSoon(batch);
}

}  // namespace voisin::storage
