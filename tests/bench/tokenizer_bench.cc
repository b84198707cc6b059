// Texts cut into tokens on one thread, beside the npm package tokenizers in the same run.
//   tokenizer_bench TOKENIZER_JSON LINES PEER_COMMAND
// LINES has a text a line; PEER_COMMAND runs tokenizers_peer.mjs. Both take turns over all lines, the fastest pass of each
// counts, in CPU time; `checked` says that both made the same ids.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "encoder/tokenizer.h"
#include "tests/bench/piped_process.h"

namespace voisin::encoder {
namespace {

constexpr int kRounds = 7;

struct Pass {
  double seconds = 1e9;
  uint32_t hash = 0;
};

std::vector<std::string> ReadLines(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// FNV-1a over 32-bit words.
void Mix(uint32_t word, uint32_t& hash) { hash = (hash ^ word) * 16777619u; }

absl::StatusOr<Pass> RunOurs(const Tokenizer& tokenizer, const std::vector<std::string>& texts) {
  std::vector<Encoding> encodings(texts.size());
  const double start = CpuSeconds();
  for (size_t i = 0; i < texts.size(); ++i) {
    auto encoding = tokenizer.Encode(texts[i], true);
    if (!encoding.ok()) return encoding.status();
    encodings[i] = *std::move(encoding);
  }
  Pass pass{CpuSeconds() - start, 2166136261u};
  for (const Encoding& encoding : encodings) {
    for (const int32_t id : encoding.input_ids) Mix(static_cast<uint32_t>(id), pass.hash);
    Mix(0xffffffffu, pass.hash);
  }
  return pass;
}

absl::StatusOr<Pass> RunPeer(bench::PipedProcess& peer) {
  if (!peer.WriteLine("go")) return absl::UnavailableError("the peer has ended");
  std::istringstream answer(peer.ReadLine());
  Pass pass;
  if (answer >> pass.seconds >> pass.hash) return pass;
  return absl::UnavailableError("the peer gave no answer: see its messages above");
}

void Print(const char* unit, double amount, const Pass& ours, const Pass& peer) {
  std::printf(
      "{\"bench\":\"tokenizer\",\"case\":\"WordPiece, Debian descriptions\",\"threads\":1,\"value\":%.2f,"
      "\"unit\":\"%s\",\"peer\":\"tokenizers 0.23.2\",\"peer_value\":%.2f,\"ratio\":%.3f,\"recall\":null,"
      "\"checked\":%s}\n",
      amount / ours.seconds, unit, amount / peer.seconds, peer.seconds / ours.seconds,
      ours.hash == peer.hash ? "true" : "false");
}

absl::Status Measure(const char* tokenizer_json, const char* lines, const char* peer_command) {
  const auto json = ReadFile(tokenizer_json);
  if (!json.ok()) return json.status();
  const auto tokenizer = ParseTokenizer(*json);
  if (!tokenizer.ok()) return tokenizer.status();
  const std::vector<std::string> texts = ReadLines(lines);
  bench::PipedProcess peer(peer_command);
  Pass best_ours, best_peer;
  for (int round = 0; round < kRounds; ++round) {
    const auto theirs = RunPeer(peer);
    if (!theirs.ok()) return theirs.status();
    const auto ours = RunOurs(**tokenizer, texts);
    if (!ours.ok()) return ours.status();
    best_ours = {std::min(best_ours.seconds, ours->seconds), ours->hash};
    best_peer = {std::min(best_peer.seconds, theirs->seconds), theirs->hash};
  }
  double bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<double>(text.size());
  Print("texts/s", static_cast<double>(texts.size()), best_ours, best_peer);
  Print("MB/s", bytes / 1e6, best_ours, best_peer);
  return absl::OkStatus();
}

}  // namespace
}  // namespace voisin::encoder

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s TOKENIZER_JSON LINES PEER_COMMAND\n", argv[0]);
    return 2;
  }
  if (!std::filesystem::exists(argv[1])) {
    std::fprintf(stderr, "skipped: %s is not there\n", argv[1]);
    return 77;
  }
  const absl::Status status = voisin::encoder::Measure(argv[1], argv[2], argv[3]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
