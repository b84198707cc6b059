#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/model_vocabulary.h"
#include "encoder/pre_tokenizer.h"

namespace voisin::encoder {

// One token of a segmented text, in bytes of that text. Neighbours may share bytes.
struct Segment {
  uint32_t begin = 0;
  uint32_t end = 0;
  int32_t id = 0;
};

// Cuts words into tokens of its vocabulary. Immutable, thread-safe.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;
  // Appends the segments of every word, first to last. `text` is valid UTF-8; words may cut it between any bytes
  // where the vocabulary is of bytes, else between characters.
  virtual void Cut(std::string_view text, const std::vector<Word>& words,
                   std::vector<Segment>& segments) const = 0;
  // By token id, as the vocabulary spells them.
  virtual const std::vector<std::string>& pieces() const = 0;
};

// The vocabulary is as ParseTokenizerDefinition checked it.
std::unique_ptr<SubwordModel> MakeSubwordModel(ModelVocabulary vocabulary);

}  // namespace voisin::encoder
