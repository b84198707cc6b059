#include "service/pack.h"

#include <algorithm>
#include <numeric>

#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/text_encoder.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

using encoder::ByteSpan;

constexpr uint32_t kMostTokens = 131072;
constexpr uint32_t kPieceBytes = 600;  // about 130 tokens of English
constexpr uint32_t kMostMisses = 32;
constexpr uint32_t kShortBytes = 32;

std::string_view Cut(std::string_view text, ByteSpan span) {
  return text.substr(span.begin, span.end - span.begin);
}

uint64_t Identity(std::string_view sentence) { return Checksum(encoder::CollapseWhitespace(sentence)); }

bool IsShort(ByteSpan sentence) { return sentence.end - sentence.begin < kShortBytes; }

// Of each piece; `matches` in the order of the text.
std::vector<uint64_t> Coverages(std::span<const TextPiece> pieces, std::span<const WordMatch> matches,
                                std::span<const uint64_t> weights) {
  std::vector<uint64_t> coverages;
  auto next = matches.begin();
  for (const TextPiece& piece : pieces) {
    const auto end = std::find_if(
        next, matches.end(), [&piece](const WordMatch& match) { return match.begin >= piece.back().end; });
    Coverage coverage(weights);
    for (; next != end; ++next) coverage.Add(next->word);
    coverages.push_back(coverage.sum());
  }
  return coverages;
}

}  // namespace

absl::Status CheckPack(const PackParams& params) {
  if (params.token_budget >= 1 && params.token_budget <= kMostTokens) return absl::OkStatus();
  return InvalidField("pack.token_budget", "expected 1 to " + std::to_string(kMostTokens) + " tokens, got " +
                                               std::to_string(params.token_budget));
}

Packer::Packer(const PackParams& params, const QueryWords& words, const TextBreaks& breaks,
               CountTokens count_tokens)
    : words_(words), breaks_(breaks), count_tokens_(std::move(count_tokens)), left_(params.token_budget) {}

absl::StatusOr<Packed> Packer::Pack(std::span<const Hit> hits,
                                    const std::function<absl::Status()>& is_wanted) {
  std::vector<Source> sources;
  std::set<std::string_view> ids;
  for (const Hit& hit : hits) {
    if (ids.insert(hit.document.id).second) sources.push_back({hit.document.id, hit.document.text});
  }
  for (size_t round = 0, longest = 1; round < longest && !IsFull(); ++round) {
    for (Source& source : sources) {
      if (IsFull()) break;
      if (round == 0) {
        RETURN_IF_ERROR(is_wanted());
        Read(source);
        longest = std::max(longest, source.pieces.size());
      }
      if (round < source.pieces.size()) RETURN_IF_ERROR(TakePiece(source.pieces[round], source));
    }
  }
  Packed packed;
  for (Source& source : sources) {
    std::ranges::sort(source.taken, {}, &Packed::Passage::offset);
    for (Packed::Passage& passage : source.taken) {
      packed.tokens += passage.tokens;
      packed.passages.push_back(std::move(passage));
    }
  }
  return packed;
}

bool Packer::IsFull() const { return left_ == 0 || misses_ == kMostMisses; }

void Packer::Read(Source& source) const {
  std::vector<TextPiece> pieces = CutIntoPieces(source.text, kPieceBytes, breaks_);
  const std::vector<uint64_t> coverages = Coverages(pieces, words_.FindIn(source.text), words_.weights());
  std::vector<size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&coverages](size_t a, size_t b) { return coverages[a] > coverages[b]; });
  for (const size_t i : order) source.pieces.push_back(std::move(pieces[i]));
}

absl::Status Packer::TakePiece(const TextPiece& piece, Source& source) {
  const std::vector<TextPiece> runs = NewRuns(source.text, piece);
  bool took = runs.empty();
  for (const TextPiece& run : runs) {
    ASSIGN_OR_RETURN(const bool fitted, TakeRun(run, source));
    took = took || fitted;
  }
  misses_ = took ? 0 : misses_ + 1;
  return absl::OkStatus();
}

// What is left of a piece without the sentences that were taken, or stand in it before.
std::vector<TextPiece> Packer::NewRuns(std::string_view text, const TextPiece& piece) const {
  std::vector<bool> is_new;
  std::set<uint64_t> here;
  for (const ByteSpan sentence : piece) {
    const uint64_t identity = Identity(Cut(text, sentence));
    is_new.push_back(!seen_.contains(identity) && here.insert(identity).second);
  }
  const auto stays = [&](size_t i) {
    if (is_new[i] || !IsShort(piece[i])) return bool{is_new[i]};
    return (i > 0 && is_new[i - 1]) || (i + 1 < piece.size() && is_new[i + 1]);
  };
  std::vector<TextPiece> runs;
  bool goes_on = false;
  for (size_t i = 0; i < piece.size(); ++i) {
    const bool kept = stays(i);
    if (kept && !goes_on) runs.emplace_back();
    if (kept) runs.back().push_back(piece[i]);
    goes_on = kept;
  }
  return runs;
}

// As many of the sentences, from the first on, as fit; false when none does.
absl::StatusOr<bool> Packer::TakeRun(std::span<const ByteSpan> sentences, Source& source) {
  for (; !sentences.empty(); sentences = sentences.first(sentences.size() - 1)) {
    const ByteSpan span = {sentences.front().begin, sentences.back().end};
    const std::string_view text = Cut(source.text, span);
    ASSIGN_OR_RETURN(const uint32_t tokens, count_tokens_(text));
    if (tokens > left_) continue;
    left_ -= tokens;
    source.taken.push_back({std::string(source.id), std::string(text), span.begin, tokens});
    for (const ByteSpan sentence : sentences) seen_.insert(Identity(Cut(source.text, sentence)));
    return true;
  }
  return false;
}

}  // namespace voisin::service
