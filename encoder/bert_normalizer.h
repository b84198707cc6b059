#pragma once

#include "encoder/normalized_text.h"

namespace voisin::encoder {

// The normaliser of BERT: control characters dropped and white space made U+0020, CJK ideographs set between spaces,
// canonical decomposition without nonspacing marks, lower case by character (no context, so never a final sigma).
struct BertNormalizer {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

NormalizedText ApplyBertNormalizer(const BertNormalizer& options, NormalizedText in);

}  // namespace voisin::encoder
