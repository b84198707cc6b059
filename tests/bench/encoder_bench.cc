// The encoder beside ONNX Runtime on BERTs of the same random weights: tokens/s at equal shapes and for texts
// of mixed lengths, which the peer pads and voisin packs. Of two threads the peer gives each a part of every
// product, voisin a part of the texts. Usage: encoder_bench LIBONNXRUNTIME [MODEL...].
// One JSON line per case; the sides run in turns and the fastest run of each counts: CPU time of one thread,
// wall time of more. `checked` says that every row has the cosine to the peer's fp32 row that its precision
// promises; `peak_share` is the part of this machine's fp32 GEMM rate (one core, times threads) that the
// model's products alone use.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/gemm.h"
#include "encoder/text_encoder.h"
#include "tests/bench/onnx_bert.h"
#include "tests/bench/ort_session.h"
#include "tests/bench/split_batch.h"
#include "tests/support/scratch_dir.h"

namespace voisin::bench {
namespace {

using encoder::Batch;
using encoder::Precision;
using encoder::TextEncoder;
using Encoders = std::vector<std::unique_ptr<TextEncoder>>;

// What each precision promises; random weights exaggerate the error of int8.
const std::map<std::string, double> kCosines = {{"fp32", 0.99999}, {"bf16", 0.9999}, {"int8", 0.98}};

constexpr double kSecondsPerSide = 0.3;
constexpr int kRounds = 4;  // in which the sides take turns

struct Model {
  const char* name;
  test::BertShape shape;
};
const Model kModels[] = {{"minilm", {.layers = 6, .width = 384, .heads = 12, .intermediate = 1536}},
                         {"bge-base", {.layers = 12, .width = 768, .heads = 12, .intermediate = 3072}}};

struct Case {
  std::string name;
  std::vector<int32_t> lengths;
};

// About the token counts of 32 sentences drawn from English abstracts.
const std::vector<int32_t> kSentences = {48, 33, 28, 12, 31, 63, 37, 52, 27, 60, 40, 16, 27, 5,  37, 46,
                                         37, 53, 32, 36, 77, 27, 10, 52, 53, 24, 31, 94, 78, 37, 17, 32};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const std::pair<int, int32_t> equal[] = {{1, 16}, {1, 128}, {8, 32}, {32, 32}, {32, 128}, {8, 512}};
  for (const auto& [texts, length] : equal) {
    cases.push_back(
        {absl::StrCat(texts, "x", length), std::vector<int32_t>(static_cast<size_t>(texts), length)});
  }
  cases.push_back({"mixed 32", kSentences});
  return cases;
}

// The same texts packed, and padded to the longest.
struct Texts {
  Batch packed;
  std::vector<int64_t> ids;
  std::vector<int64_t> mask;
  int64_t longest = 0;
};

Texts RandomTexts(const std::vector<int32_t>& lengths, int32_t vocabulary) {
  std::mt19937 random(1);
  Texts texts;
  texts.longest = *std::max_element(lengths.begin(), lengths.end());
  for (const int32_t length : lengths) {
    encoder::Encoding text;
    for (int64_t i = 0; i < texts.longest; ++i) {
      const bool real = i < length;
      const auto id = static_cast<int32_t>(random() % static_cast<uint32_t>(vocabulary));
      texts.ids.push_back(real ? id : 0);
      texts.mask.push_back(real ? 1 : 0);
      if (real) text.input_ids.push_back(id);
    }
    text.token_type_ids.resize(text.input_ids.size());
    texts.packed.Append(text);
  }
  return texts;
}

// Fused multiply-adds of one forward pass, counted as two operations.
double Operations(const test::BertShape& shape, const std::vector<int32_t>& lengths) {
  double operations = 0;
  const auto width = static_cast<double>(shape.width);
  const double layer = 2 * width * (4 * width + 2 * static_cast<double>(shape.intermediate));
  for (const int32_t length : lengths) operations += length * (layer + 4.0 * length * width);
  return operations * static_cast<double>(shape.layers);
}

// CPU time where one thread works: neighbours on the machine then disturb less.
double Now(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One side of a comparison: something to run, and what came out.
struct Side {
  std::string name;
  std::function<absl::Status(std::span<float> rows)> run;
  std::vector<float> rows;
  double seconds = 1e9;  // of the fastest run
};

absl::Status RunFor(Side& side, int threads, double budget) {
  double spent = 0;
  do {
    const double start = Now(threads);
    RETURN_IF_ERROR(side.run(side.rows));
    const double seconds = Now(threads) - start;
    side.seconds = std::min(side.seconds, seconds);
    spent += seconds;
  } while (spent < budget);
  return absl::OkStatus();
}

absl::Status RunInTurns(std::vector<Side>& sides, int threads) {
  for (Side& side : sides) RETURN_IF_ERROR(side.run(side.rows));
  for (int round = 0; round < kRounds; ++round) {
    for (Side& side : sides) {
      // A peer's threads spin for a while after their last run.
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      RETURN_IF_ERROR(RunFor(side, threads, kSecondsPerSide / kRounds));
    }
  }
  return absl::OkStatus();
}

double SmallestCosine(const std::vector<float>& a, const std::vector<float>& b, size_t width) {
  double smallest = 1;
  for (size_t row = 0; row < a.size(); row += width) {
    double dot = 0, aa = 0, bb = 0;
    for (size_t i = row; i < row + width; ++i) {
      dot += static_cast<double>(a[i]) * b[i];
      aa += static_cast<double>(a[i]) * a[i];
      bb += static_cast<double>(b[i]) * b[i];
    }
    smallest = std::min(smallest, dot / std::sqrt(aa * bb));
  }
  return smallest;
}

// Operations per second of one core in a product that stays in its cache.
double GemmPeak() {
  constexpr int64_t kRows = 96, kColumns = 512, kDepth = 256;
  const std::vector<float> a(kRows * kDepth, 0.5f), b(kColumns * kDepth, 0.25f);
  std::vector<float> c(kRows * kColumns);
  const encoder::PackedMatrix packed = encoder::PackedMatrix::Pack(b.data(), kColumns, kDepth);
  Side side{"gemm", {}, {}, 1e9};
  side.run = [&](std::span<float>) {
    packed.Multiply(a.data(), kRows, nullptr, encoder::Epilogue::store, c.data());
    return absl::OkStatus();
  };
  (void)RunFor(side, 1, 0.3);
  return 2.0 * kRows * kColumns * kDepth / side.seconds;
}

struct Line {
  std::string name;
  int threads;
  double value;
  std::string peer;
  double peer_value;
  double cosine;
  double share;
  bool checked;
};

void Print(const Line& line) {
  std::printf(
      "{\"bench\":\"encoder\",\"case\":\"%s\",\"threads\":%d,\"value\":%.0f,\"unit\":\"tokens/"
      "s\",\"peer\":\"%s\","
      "\"peer_value\":%.0f,\"ratio\":%.3f,\"recall\":null,\"cosine\":%.6f,\"peak_share\":%.3f,\"checked\":%s}"
      "\n",
      line.name.c_str(), line.threads, line.value, line.peer.c_str(), line.peer_value,
      line.value / line.peer_value, line.cosine, line.share, line.checked ? "true" : "false");
  std::fflush(stdout);
}

class Bench {
 public:
  explicit Bench(std::string library) : library_(std::move(library)), peak_(GemmPeak()) {}

  absl::Status Run(const Model& model) {
    const test::ScratchDir dir;
    RETURN_IF_ERROR(test::WriteRandomBert(model.shape, dir.path()));
    ASSIGN_OR_RETURN(const encoder::Weights weights,
                     encoder::Weights::Load(dir.path() / "model.safetensors"));
    ASSIGN_OR_RETURN(const std::string fp32, ExportBert(model.shape, weights, OnnxPrecision::fp32));
    ASSIGN_OR_RETURN(const std::string int8, ExportBert(model.shape, weights, OnnxPrecision::int8));
    std::vector<std::unique_ptr<TextEncoder>> encoders;
    for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
      ASSIGN_OR_RETURN(encoders.emplace_back(), TextEncoder::Load(dir.path(), {.precision = precision}));
    }
    for (const int threads : {1, 2}) {
      ASSIGN_OR_RETURN(const auto peer_fp32, OrtSession::Create(library_, fp32, threads));
      ASSIGN_OR_RETURN(const auto peer_int8, OrtSession::Create(library_, int8, threads));
      for (const Case& c : Cases()) {
        RETURN_IF_ERROR(Compare(model, c, threads, encoders, *peer_fp32, *peer_int8));
      }
    }
    return absl::OkStatus();
  }
  bool checked() const { return checked_; }

 private:
  absl::Status Compare(const Model& model, const Case& c, int threads, const Encoders& encoders,
                       OrtSession& peer_fp32, OrtSession& peer_int8) {
    Texts texts = RandomTexts(c.lengths, static_cast<int32_t>(model.shape.vocabulary));
    const auto count = static_cast<int64_t>(c.lengths.size());
    const size_t floats = c.lengths.size() * static_cast<size_t>(model.shape.width);
    const auto peer = [&](OrtSession& session) {
      return [&](std::span<float> rows) {
        return session.Run(texts.ids, texts.mask, count, texts.longest, rows);
      };
    };
    SplitBatch split(texts.packed, threads);
    std::vector<Side> sides;
    sides.push_back({"onnxruntime fp32", peer(peer_fp32), std::vector<float>(floats), 1e9});
    sides.push_back({"onnxruntime int8", peer(peer_int8), std::vector<float>(floats), 1e9});
    for (const auto& encoder : encoders) {
      sides.push_back({std::string(PrecisionName(encoder->info().precision)),
                       [&](std::span<float> rows) { return split.Encode(*encoder, rows); },
                       std::vector<float>(floats), 1e9});
    }
    RETURN_IF_ERROR(RunInTurns(sides, threads));
    for (size_t i = 2; i < sides.size(); ++i) {
      for (const size_t p : {size_t{0}, size_t{1}}) Report(model, c, threads, sides[i], sides[p], sides[0]);
    }
    return absl::OkStatus();
  }

  void Report(const Model& model, const Case& c, int threads, const Side& side, const Side& peer,
              const Side& truth) {
    const double tokens = std::accumulate(c.lengths.begin(), c.lengths.end(), 0.0);
    const double cosine = SmallestCosine(side.rows, truth.rows, static_cast<size_t>(model.shape.width));
    const double share = Operations(model.shape, c.lengths) / side.seconds / (peak_ * threads);
    const bool checked = cosine >= kCosines.at(side.name);
    checked_ = checked_ && checked;
    Print({absl::StrCat(model.name, " ", c.name, " ", side.name), threads, tokens / side.seconds, peer.name,
           tokens / peer.seconds, cosine, share, checked});
  }

  const std::string library_;
  const double peak_;
  bool checked_ = true;
};

}  // namespace
}  // namespace voisin::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s LIBONNXRUNTIME [MODEL...]\n", argv[0]);
    return 2;
  }
  voisin::bench::Bench bench(argv[1]);
  for (const auto& model : voisin::bench::kModels) {
    const std::vector<std::string> wanted(argv + 2, argv + argc);
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), model.name) == wanted.end()) continue;
    if (const absl::Status status = bench.Run(model); !status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      return 1;
    }
  }
  return bench.checked() ? 0 : 1;
}
