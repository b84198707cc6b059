#pragma once

#include <cstdint>
#include <vector>

namespace voisin::encoder {

// Half-open range of bytes in the text as the caller gave it.
struct ByteSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool operator==(const ByteSpan&) const = default;
};

// One tokenised text. All vectors have the same length.
struct Encoding {
  std::vector<int32_t> input_ids;
  std::vector<int32_t> token_type_ids;
  std::vector<ByteSpan> offsets;
  int32_t prompt_length = 0;  // tokens at the front that pooling leaves out
};

// Texts laid end to end, no padding: text i owns tokens [cumulative_seq_lengths[i], cumulative_seq_lengths[i + 1]).
struct Batch {
  std::vector<int32_t> input_ids;
  std::vector<int32_t> token_type_ids;                // as long as input_ids
  std::vector<int32_t> cumulative_seq_lengths = {0};  // number of texts + 1
  std::vector<int32_t> prompt_lengths;                // per text: its first tokens, left out of the pooling
  int32_t max_length = 0;                             // of one text, in tokens

  int32_t size() const { return static_cast<int32_t>(cumulative_seq_lengths.size()) - 1; }
  int32_t tokens() const { return cumulative_seq_lengths.back(); }
  void Append(const Encoding& encoding);
  // Text `text` of another batch.
  void Append(const Batch& other, int32_t text);
  void Clear();
};

}  // namespace voisin::encoder
