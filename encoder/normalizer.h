#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "encoder/bert_normalizer.h"
#include "encoder/character_map.h"
#include "encoder/normalized_text.h"
#include "encoder/unicode_form.h"

namespace voisin::encoder {

// The steps of a normaliser, as Hugging Face tokenizers names and defines them.
struct Lowercase {};     // by character
struct StripAccents {};  // drops M*
struct Nmt {};           // drops some controls; other odd spaces become U+0020

struct StripSpace {
  bool left = true;
  bool right = true;
};

// Every `pattern`, which is not empty, becomes `content`.
struct Replace {
  std::string pattern;
  std::string content;
  bool runs = false;  // only where it stands twice or more in a row; the run becomes one `content`
};

// Before a text that is not empty.
struct Prepend {
  std::string content;
};

struct Precompiled {
  std::shared_ptr<const CharacterMap> map;
};

using NormalizerStep = std::variant<UnicodeForm, BertNormalizer, Lowercase, StripAccents, Nmt, StripSpace,
                                    Replace, Prepend, Precompiled>;

// `text` after all steps; it is valid UTF-8 of less than 2^31 bytes and stands at byte `position` of the caller's
// text. Linear in the length of the text.
NormalizedText Normalize(std::string_view text, uint32_t position, const std::vector<NormalizerStep>& steps);

}  // namespace voisin::encoder
