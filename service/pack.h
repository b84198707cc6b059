#pragma once

#include <functional>
#include <set>
#include <span>
#include <string_view>

#include "service/query_words.h"
#include "service/text_pieces.h"
#include "service/types.h"

namespace voisin::service {

// Passages of ranked texts that fit in a budget of tokens. Texts are cut into pieces; first the best piece of each text is
// taken, in the order of the texts, then the second best of each, and so on. The best of a text is the one of the
// greatest Coverage of the query's words, the first of equals. A piece that is too long for what is left gives its first
// sentences. Packing ends when nothing is left of the budget, when there are no more pieces, or after 32 pieces
// in a row of which not even the first sentence fitted.
//
// A sentence that was taken before, white space aside, is left out, so a piece may give several passages; one
// of less than 32 bytes ("See also:") stays where a sentence beside it does. For one thread.
class Packer {
 public:
  // Of a text that is no part of another.
  using CountTokens = std::function<absl::StatusOr<uint32_t>(std::string_view text)>;

  // `params` is checked (CheckPack); `words` and `breaks` outlive the packer.
  Packer(const PackParams& params, const QueryWords& words, const TextBreaks& breaks,
         CountTokens count_tokens);

  // Once. A document that is named twice counts where it is named first. `is_wanted` is asked before each text;
  // its errors, and those of `count_tokens`, end the work.
  absl::StatusOr<Packed> Pack(std::span<const Hit> hits, const std::function<absl::Status()>& is_wanted);

 private:
  struct Source {
    std::string_view id;
    std::string_view text;
    std::vector<TextPiece> pieces = {};  // best first
    std::vector<Packed::Passage> taken = {};
  };

  void Read(Source& source) const;
  absl::Status TakePiece(const TextPiece& piece, Source& source);
  std::vector<TextPiece> NewRuns(std::string_view text, const TextPiece& piece) const;
  absl::StatusOr<bool> TakeRun(std::span<const encoder::ByteSpan> sentences, Source& source);
  bool IsFull() const;

  const QueryWords& words_;
  const TextBreaks& breaks_;
  const CountTokens count_tokens_;
  uint32_t left_;            // tokens
  uint32_t misses_ = 0;      // pieces in a row that did not fit
  std::set<uint64_t> seen_;  // sentences that were taken
};

// InvalidArgument at "pack.token_budget".
absl::Status CheckPack(const PackParams& params);

}  // namespace voisin::service
