#include "encoder/batch.h"

#include <algorithm>

namespace voisin::encoder {

void Batch::Append(const Encoding& encoding) {
  const auto length = static_cast<int32_t>(encoding.input_ids.size());
  input_ids.insert(input_ids.end(), encoding.input_ids.begin(), encoding.input_ids.end());
  token_type_ids.insert(token_type_ids.end(), encoding.token_type_ids.begin(), encoding.token_type_ids.end());
  token_type_ids.resize(input_ids.size());
  cumulative_seq_lengths.push_back(tokens() + length);
  prompt_lengths.push_back(encoding.prompt_length);
  max_length = std::max(max_length, length);
}

void Batch::Append(const Batch& other, int32_t text) {
  const auto i = static_cast<size_t>(text);
  const int32_t begin = other.cumulative_seq_lengths[i];
  const int32_t end = other.cumulative_seq_lengths[i + 1];
  const auto ids = other.input_ids.begin();
  const auto types = other.token_type_ids.begin();
  input_ids.insert(input_ids.end(), ids + begin, ids + end);
  token_type_ids.insert(token_type_ids.end(), types + begin, types + end);
  cumulative_seq_lengths.push_back(tokens() + end - begin);
  prompt_lengths.push_back(other.prompt_lengths[i]);
  max_length = std::max(max_length, end - begin);
}

void Batch::Clear() {
  input_ids.clear();
  token_type_ids.clear();
  cumulative_seq_lengths.assign(1, 0);
  prompt_lengths.clear();
  max_length = 0;
}

}  // namespace voisin::encoder
