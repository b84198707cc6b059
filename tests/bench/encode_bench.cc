// Encoding speed of a model directory: texts/s and tokens/s of whole forward passes, tokens already there, at one and
// two threads. Usage: encode_bench MODEL_DIR. One JSON line per case; `checked` says that every row of the timed batch
// equals the text encoded alone to 1e-6.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <thread>
#include <vector>

#include "encoder/text_encoder.h"

namespace voisin::encoder {
namespace {

constexpr int kRepeats = 7;
constexpr int32_t kTokensPerBatch = 4096;

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// Texts of `length` random tokens.
Batch RandomBatch(const TextEncoder& encoder, int32_t length) {
  std::mt19937 random(static_cast<uint32_t>(length));
  std::uniform_int_distribution<int32_t> id(6, encoder.tokenizer().vocab_size() - 1);
  Batch batch;
  for (int32_t text = 0; text < kTokensPerBatch / length; ++text) {
    Encoding encoding;
    for (int32_t i = 0; i < length; ++i) encoding.input_ids.push_back(id(random));
    encoding.token_type_ids.resize(encoding.input_ids.size());
    batch.Append(encoding);
  }
  return batch;
}

Batch OneText(const Batch& batch, int32_t text) {
  const auto i = static_cast<size_t>(text);
  Encoding encoding;
  encoding.input_ids.assign(batch.input_ids.begin() + batch.cumulative_seq_lengths[i],
                            batch.input_ids.begin() + batch.cumulative_seq_lengths[i + 1]);
  encoding.token_type_ids.resize(encoding.input_ids.size());
  Batch one;
  one.Append(encoding);
  return one;
}

bool EqualsSingle(const TextEncoder& encoder, const Batch& batch, const std::vector<float>& rows) {
  std::vector<float> single(static_cast<size_t>(encoder.info().dimensions));
  for (int32_t text = 0; text < batch.size(); ++text) {
    if (!encoder.Encode(OneText(batch, text), single).ok()) return false;
    const float* row = rows.data() + static_cast<size_t>(text) * single.size();
    for (size_t i = 0; i < single.size(); ++i) {
      if (!(std::fabs(single[i] - row[i]) <= 1e-6f)) return false;
    }
  }
  return true;
}

// Every thread encodes the batch once; returns the seconds until the last is done.
double EncodeOnce(const TextEncoder& encoder, const Batch& batch, std::vector<std::vector<float>>& rows) {
  std::barrier start_together(static_cast<ptrdiff_t>(rows.size()) + 1);
  std::vector<std::thread> threads;
  for (std::vector<float>& own : rows) {
    threads.emplace_back([&] {
      (void)encoder.Encode(batch, own);  // warms this thread's scratch; a failure shows in the check
      start_together.arrive_and_wait();
      (void)encoder.Encode(batch, own);
    });
  }
  start_together.arrive_and_wait();
  const Clock::time_point start = Clock::now();
  for (std::thread& thread : threads) thread.join();
  return Seconds(Clock::now() - start);
}

void Print(const char* unit, int32_t length, size_t threads, double value, bool checked) {
  std::printf(
      "{\"bench\":\"encode\",\"case\":\"length "
      "%d\",\"threads\":%zu,\"value\":%.1f,\"unit\":\"%s\",\"peer\":null,"
      "\"peer_value\":null,\"ratio\":null,\"recall\":null,\"checked\":%s}\n",
      length, threads, value, unit, checked ? "true" : "false");
  std::fflush(stdout);
}

bool Measure(const TextEncoder& encoder, int32_t length, size_t threads) {
  const Batch batch = RandomBatch(encoder, length);
  const auto floats = static_cast<size_t>(batch.size()) * static_cast<size_t>(encoder.info().dimensions);
  std::vector<std::vector<float>> rows(threads, std::vector<float>(floats));
  std::vector<double> seconds;
  for (int i = 0; i < kRepeats; ++i) seconds.push_back(EncodeOnce(encoder, batch, rows));
  std::nth_element(seconds.begin(), seconds.begin() + kRepeats / 2, seconds.end());
  const double median = seconds[kRepeats / 2];
  const bool checked = std::all_of(rows.begin(), rows.end(),
                                   [&](const auto& own) { return EqualsSingle(encoder, batch, own); });
  const auto runs = static_cast<double>(threads);
  Print("tokens/s", length, threads, runs * batch.tokens() / median, checked);
  Print("texts/s", length, threads, runs * batch.size() / median, checked);
  return checked;
}

}  // namespace
}  // namespace voisin::encoder

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s MODEL_DIR\n", argv[0]);
    return 2;
  }
  const auto encoder = voisin::encoder::TextEncoder::Load(argv[1]);
  if (!encoder.ok()) {
    std::fprintf(stderr, "%s\n", encoder.status().ToString().c_str());
    return 1;
  }
  bool checked = true;
  for (const size_t threads : {size_t{1}, size_t{2}}) {
    for (const int32_t length : {8, 32, 128}) {
      checked &= voisin::encoder::Measure(**encoder, length, threads);
    }
  }
  return checked ? 0 : 1;
}
