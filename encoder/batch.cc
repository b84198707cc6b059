#include "encoder/batch.h"

#include <algorithm>

namespace voisin::encoder {

void Batch::Append(const Encoding& encoding) {
  const auto length = static_cast<int32_t>(encoding.input_ids.size());
  input_ids.insert(input_ids.end(), encoding.input_ids.begin(), encoding.input_ids.end());
  token_type_ids.insert(token_type_ids.end(), encoding.token_type_ids.begin(), encoding.token_type_ids.end());
  token_type_ids.resize(input_ids.size());
  cumulative_seq_lengths.push_back(tokens() + length);
  max_length = std::max(max_length, length);
}

void Batch::Clear() {
  input_ids.clear();
  token_type_ids.clear();
  cumulative_seq_lengths.assign(1, 0);
  max_length = 0;
}

}  // namespace voisin::encoder
