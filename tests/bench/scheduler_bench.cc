// What a query waits while ingest keeps the encoder busy. Usage: scheduler_bench MODEL_DIR [ROUNDS]. One JSON line per
// case, at one and two worker threads; `checked` says that every answer equals the text encoded alone to 1e-6.
//
// A round times queries of 16 tokens, one at a time at random moments, on an idle scheduler, then the same while ingest
// jobs of 32 texts wait at all times, then ingest alone for as long. Each figure is the median over the rounds, so that
// what else runs on the machine meets all three alike.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <random>
#include <thread>
#include <vector>

#include "encoder/batch_scheduler.h"

namespace voisin::encoder {
namespace {

constexpr int kQueriesPerRound = 300;
constexpr int kIngestJobsAtOnce = 8;
constexpr int kTextsPerJob = 32;
constexpr uint32_t kQueryTokens = 16;
constexpr char kWords[][12] = {"water",  "house", "a",     "small",  "river", "the",    "number",
                               "music",  "bird",  "fast",  "green",  "of",    "window", "paper",
                               "in",     "story", "light", "and",    "road",  "north",  "world",
                               "people", "time",  "with",  "server", "cloud", "table"};

using Clock = std::chrono::steady_clock;

double MilliSeconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string RandomText(std::mt19937& random, int words) {
  std::uniform_int_distribution<size_t> word(0, std::size(kWords) - 1);
  std::string text;
  for (int i = 0; i < words; ++i) text += (i == 0 ? "" : " ") + std::string(kWords[word(random)]);
  return text;
}

// A text with what the encoder gives for it alone.
struct Known {
  std::string text;
  uint32_t tokens = 0;
  std::vector<float> row;
};

Known Encoded(const TextEncoder& encoder, std::string text) {
  Known known{std::move(text), 0, std::vector<float>(static_cast<size_t>(encoder.info().dimensions))};
  const auto tokenized = encoder.Tokenize(known.text, Truncation::end, "");
  if (!tokenized.ok()) return known;
  Batch batch;
  batch.Append(tokenized->encoding);
  (void)encoder.Encode(batch, known.row);  // a failure shows in the check
  known.tokens = tokenized->token_count;
  return known;
}

bool Equals(const EncodedText& text, const Known& known) {
  for (size_t i = 0; i < known.row.size(); ++i) {
    if (!(std::fabs(text.values[i] - known.row[i]) <= 1e-6f)) return false;
  }
  return text.values.size() == known.row.size();
}

std::vector<Known> Queries(const TextEncoder& encoder) {
  std::mt19937 random(1);
  std::vector<Known> queries;
  while (queries.size() < 64) {
    Known known = Encoded(encoder, RandomText(random, 8 + static_cast<int>(random() % 9)));
    if (known.tokens == kQueryTokens) queries.push_back(std::move(known));
  }
  return queries;
}

std::vector<Known> Documents(const TextEncoder& encoder) {
  std::mt19937 random(2);
  std::vector<Known> documents;
  while (documents.size() < 512) {
    documents.push_back(Encoded(encoder, RandomText(random, 5 + static_cast<int>(random() % 80))));
  }
  return documents;
}

// Keeps ingest jobs waiting from construction to destruction.
class Ingest {
 public:
  Ingest(BatchScheduler& scheduler, const std::vector<Known>& documents)
      : scheduler_(scheduler), documents_(documents) {
    for (int i = 0; i < kIngestJobsAtOnce; ++i) Submit();
    while (tokens_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    start_ = Clock::now();
    tokens_at_start_ = tokens_;
  }
  ~Ingest() {
    stopping_ = true;
    while (running_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  double TokensPerSecond() const {
    return static_cast<double>(tokens_ - tokens_at_start_) * 1e3 / MilliSeconds(Clock::now() - start_);
  }
  bool checked() const { return checked_; }

 private:
  void Submit() {
    EncodeJob job;
    job.lane = Lane::ingest;
    job.truncation = Truncation::end;
    const size_t first = next_.fetch_add(kTextsPerJob) % documents_.size();
    for (size_t i = 0; i < kTextsPerJob; ++i) job.texts.push_back(documents_[first + i].text);
    ++running_;
    const auto done = [this, first](const absl::StatusOr<EncodeResult>& result) { Receive(first, result); };
    if (!scheduler_.Submit(std::move(job), done).ok()) checked_ = false;
  }
  void Receive(size_t first, const absl::StatusOr<EncodeResult>& result) {
    for (size_t i = 0; i < kTextsPerJob; ++i) {
      if (!result.ok() || !Equals(result->texts[i], documents_[first + i])) checked_ = false;
      tokens_ += documents_[first + i].tokens;
    }
    if (!stopping_) Submit();
    --running_;
  }

  BatchScheduler& scheduler_;
  const std::vector<Known>& documents_;
  std::atomic<size_t> next_ = 0;
  std::atomic<int64_t> tokens_ = 0;
  std::atomic<int> running_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> checked_ = true;
  Clock::time_point start_;
  int64_t tokens_at_start_ = 0;
};

double Percentile(std::vector<double> values, double share) {
  const auto at = static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}
double Median(const std::vector<double>& values) { return Percentile(values, 0.5); }

struct Latency {
  double p50 = 0;
  double p99 = 0;
};

class Bench {
 public:
  Bench(const TextEncoder& encoder, int threads)
      : threads_(threads),
        queries_(Queries(encoder)),
        documents_(Documents(encoder)),
        scheduler_(BatchScheduler::Create(encoder, {.threads = threads})) {}

  bool Run(int rounds) {
    (void)AskAll();  // warms the scratch memory of the workers
    for (int i = 0; i < rounds; ++i) Round();
    Print("query p50 idle", Median(idle_p50_), "ms");
    Print("query p99 idle", Median(idle_p99_), "ms");
    Print("query p50 under ingest", Median(busy_p50_), "ms", "idle", Median(idle_p50_), Median(p50_ratio_));
    Print("query p99 under ingest", Median(busy_p99_), "ms", "idle", Median(idle_p99_), Median(p99_ratio_));
    Print("ingest under queries", Median(busy_rate_), "tokens/s", "alone", Median(alone_rate_),
          Median(rate_ratio_));
    return checked_;
  }

 private:
  void Round() {
    const Latency idle = AskAll();
    double alone = 0;
    {
      const Ingest ingest(*scheduler_, documents_);
      std::this_thread::sleep_for(std::chrono::seconds(1));
      alone = ingest.TokensPerSecond();
      checked_ = checked_ && ingest.checked();
    }
    const Ingest ingest(*scheduler_, documents_);
    const Latency busy = AskAll();
    Keep(idle, busy, alone, ingest.TokensPerSecond());
    checked_ = checked_ && ingest.checked();
  }

  void Keep(const Latency& idle, const Latency& busy, double alone, double rate) {
    idle_p50_.push_back(idle.p50);
    idle_p99_.push_back(idle.p99);
    busy_p50_.push_back(busy.p50);
    busy_p99_.push_back(busy.p99);
    p50_ratio_.push_back(idle.p50 / busy.p50);
    p99_ratio_.push_back(idle.p99 / busy.p99);
    alone_rate_.push_back(alone);
    busy_rate_.push_back(rate);
    rate_ratio_.push_back(rate / alone);
  }

  Latency AskAll() {
    std::exponential_distribution<double> pause(1.0 / 5.0);  // milliseconds
    std::vector<double> waits;
    for (size_t i = 0; i < kQueriesPerRound; ++i) {
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(pause(random_)));
      waits.push_back(Ask(queries_[i % queries_.size()]));
    }
    return {Percentile(waits, 0.5), Percentile(waits, 0.99)};
  }

  double Ask(const Known& query) {
    std::promise<Clock::time_point> promise;
    EncodeJob job;
    job.texts = {query.text};
    const Clock::time_point start = Clock::now();
    const absl::Status status = scheduler_->Submit(std::move(job), [&](const auto& result) {
      checked_ = checked_ && result.ok() && Equals(result->texts[0], query);
      promise.set_value(Clock::now());
    });
    if (!status.ok()) std::abort();
    return MilliSeconds(promise.get_future().get() - start);
  }

  void Print(const char* name, double value, const char* unit) const {
    std::printf(
        "{\"bench\":\"scheduler\",\"case\":\"%s\",\"threads\":%d,\"value\":%.4g,\"unit\":\"%s\",\"peer\":"
        "null,"
        "\"peer_value\":null,\"ratio\":null,\"recall\":null,\"checked\":%s}\n",
        name, threads_, value, unit, checked_ ? "true" : "false");
  }
  void Print(const char* name, double value, const char* unit, const char* peer, double peer_value,
             double ratio) const {
    std::printf(
        "{\"bench\":\"scheduler\",\"case\":\"%s\",\"threads\":%d,\"value\":%.4g,\"unit\":\"%s\",\"peer\":\"%"
        "s\","
        "\"peer_value\":%.4g,\"ratio\":%.3g,\"recall\":null,\"checked\":%s}\n",
        name, threads_, value, unit, peer, peer_value, ratio, checked_ ? "true" : "false");
  }

  const int threads_;
  const std::vector<Known> queries_;
  const std::vector<Known> documents_;
  std::mt19937 random_{3};
  std::atomic<bool> checked_ = true;
  std::vector<double> idle_p50_, idle_p99_, busy_p50_, busy_p99_, p50_ratio_, p99_ratio_;
  std::vector<double> alone_rate_, busy_rate_, rate_ratio_;
  std::unique_ptr<BatchScheduler> scheduler_;  // last: its workers use what is above
};

}  // namespace
}  // namespace voisin::encoder

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: %s MODEL_DIR [ROUNDS]\n", argv[0]);
    return 2;
  }
  const auto encoder = voisin::encoder::TextEncoder::Load(argv[1]);
  if (!encoder.ok()) {
    std::fprintf(stderr, "%s\n", encoder.status().ToString().c_str());
    return 1;
  }
  const int rounds = argc == 3 ? std::atoi(argv[2]) : 5;
  bool checked = true;
  for (const int threads : {1, 2}) checked &= voisin::encoder::Bench(**encoder, threads).Run(rounds);
  return checked ? 0 : 1;
}
