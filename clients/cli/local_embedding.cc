#include "clients/cli/local_embedding.h"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <utility>

#include "base/status_macros.h"
#include "clients/cli/parallel.h"
#include "clients/cli/status.h"
#include "encoder/windows.h"

namespace voisin::cli {
namespace {

constexpr size_t kWindow = 8192;  // texts embedded before their lines are printed
constexpr int32_t kBatchTokens = 2048;

using Tokenized = std::vector<encoder::TokenizedText>;

// Not needed to embed.
void DropOffsets(encoder::TokenizedText& text) {
  text.encoding.offsets = {};
  for (encoder::Encoding& window : text.more) window.offsets = {};
}

int32_t TokensOf(const encoder::TokenizedText& text) {
  size_t tokens = 0;
  for (size_t i = 0; i < text.windows(); ++i) tokens += text.window(i).input_ids.size();
  return static_cast<int32_t>(tokens);
}

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
      DropOffsets(tokenized[i]);
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
  auto length = [&](size_t i) { return TokensOf(tokenized[i]); };
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
  for (const size_t i : texts) {
    for (size_t w = 0; w < tokenized[i].windows(); ++w) batch.Append(tokenized[i].window(w));
  }
  const auto dimensions = static_cast<size_t>(encoder.info().dimensions);
  std::vector<float> rows(static_cast<size_t>(batch.size()) * dimensions);
  RETURN_IF_ERROR(encoder.Encode(batch, rows));
  const float* row = rows.data();
  for (const size_t i : texts) {
    const encoder::TokenizedText& text = tokenized[i];
    encoder::RowMean mean;
    for (; mean.rows() < text.windows(); row += dimensions) mean.Add({row, dimensions});
    const auto windows = static_cast<uint32_t>(text.windows());
    receive(i, {mean.Take(encoder.info().normalize), text.token_count, text.truncated, windows});
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
  if (word == "chunk") return encoder::Truncation::chunk;
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
