#include "clients/cli/local_embedding.h"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <utility>

#include "base/status_macros.h"
#include "clients/cli/parallel.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

constexpr size_t kWindow = 8192;  // texts embedded before their lines are printed
constexpr int32_t kBatchTokens = 2048;

using Tokenized = std::vector<encoder::TokenizedText>;

absl::StatusOr<Tokenized> TokenizeAll(const encoder::TextEncoder& encoder, const Texts& texts,
                                      const LocalOptions& options, std::ostream& err) {
  const std::string_view prompt = PromptOf(encoder.info(), options.role);
  Tokenized tokenized(texts.size());
  std::vector<std::string> refused(texts.size());
  ParallelFor(options.threads, texts.size(), [&](size_t i) {
    absl::StatusOr<encoder::TokenizedText> tokens =
        encoder.Tokenize(texts.values[i], options.truncation, prompt);
    if (tokens.ok()) {
      tokenized[i] = *std::move(tokens);
      tokenized[i].encoding.offsets = {};  // not needed to embed
    } else {
      refused[i] = MessageOf(tokens.status());
    }
  });
  std::vector<TextProblem> problems;
  for (size_t i = 0; i < refused.size(); ++i) {
    if (!refused[i].empty()) problems.push_back({texts.Where(i), refused[i]});
  }
  RETURN_IF_ERROR(Report(problems, err));
  return tokenized;
}

// The texts [begin, end), longest first, cut into batches of at most kBatchTokens (or one text).
std::vector<std::vector<size_t>> PlanBatches(const Tokenized& tokenized, size_t begin, size_t end) {
  auto length = [&](size_t i) { return static_cast<int32_t>(tokenized[i].encoding.input_ids.size()); };
  std::vector<size_t> order(end - begin);
  std::iota(order.begin(), order.end(), begin);
  std::ranges::stable_sort(order, std::ranges::greater{}, length);
  std::vector<std::vector<size_t>> batches;
  int32_t tokens = kBatchTokens;
  for (const size_t i : order) {
    if (batches.empty() || tokens + length(i) > kBatchTokens) {
      batches.emplace_back();
      tokens = 0;
    }
    batches.back().push_back(i);
    tokens += length(i);
  }
  return batches;
}

absl::Status EmbedBatch(const encoder::TextEncoder& encoder, const Tokenized& tokenized,
                        const std::vector<size_t>& texts, const Receiver& receive) {
  encoder::Batch batch;
  for (const size_t i : texts) batch.Append(tokenized[i].encoding);
  const auto dimensions = static_cast<size_t>(encoder.info().dimensions);
  std::vector<float> rows(texts.size() * dimensions);
  RETURN_IF_ERROR(encoder.Encode(batch, rows));
  for (size_t row = 0; row < texts.size(); ++row) {
    const encoder::TokenizedText& text = tokenized[texts[row]];
    const std::span<const float> values(rows.data() + row * dimensions, dimensions);
    receive(texts[row], {values, text.token_count, text.truncated});
  }
  return absl::OkStatus();
}

// The texts [begin, end).
absl::Status EmbedRange(const encoder::TextEncoder& encoder, const Tokenized& tokenized, size_t begin,
                        size_t end, size_t threads, const Receiver& receive) {
  const auto batches = PlanBatches(tokenized, begin, end);
  std::vector<absl::Status> results(batches.size());
  ParallelFor(threads, batches.size(),
              [&](size_t i) { results[i] = EmbedBatch(encoder, tokenized, batches[i], receive); });
  for (const absl::Status& result : results) RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

}  // namespace

encoder::Truncation LocalTruncation(std::string_view word) {
  if (word == "end") return encoder::Truncation::end;
  return word == "start" ? encoder::Truncation::start : encoder::Truncation::error;
}

encoder::LoadOptions LocalLoading(std::string_view precision) {
  return {encoder::PrecisionOf(precision).value_or(encoder::Precision::fp32)};
}

absl::Status EmbedEach(const encoder::TextEncoder& encoder, const Texts& texts, const LocalOptions& options,
                       const Receiver& receive, std::ostream& err) {
  ASSIGN_OR_RETURN(const Tokenized tokenized, TokenizeAll(encoder, texts, options, err));
  return EmbedRange(encoder, tokenized, 0, texts.size(), options.threads, receive);
}

absl::Status EmbedLocally(const encoder::TextEncoder& encoder, const Texts& texts,
                          const LocalOptions& options, const Formatter& format, std::ostream& out,
                          std::ostream& err) {
  ASSIGN_OR_RETURN(const Tokenized tokenized, TokenizeAll(encoder, texts, options, err));
  for (size_t begin = 0; begin < texts.size(); begin += kWindow) {
    const size_t end = std::min(texts.size(), begin + kWindow);
    std::vector<std::string> lines(end - begin);
    RETURN_IF_ERROR(EmbedRange(
        encoder, tokenized, begin, end, options.threads,
        [&](size_t text, const Embedded& embedded) { lines[text - begin] = format(text, embedded); }));
    for (const std::string& line : lines) out << line;
  }
  return absl::OkStatus();
}

}  // namespace voisin::cli
