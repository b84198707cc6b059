#pragma once

#include <string>
#include <variant>
#include <vector>

#include "encoder/normalized_text.h"

namespace voisin::encoder {

// The steps of a pre-tokeniser, as Hugging Face tokenizers names and defines them. Each cuts words into words.

// What becomes of a delimiter between words.
enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

// When the mark of a word's beginning is put before a text.
enum class MetaspacePrepend { always, first, never };  // first: only where the caller's text begins

struct WhitespaceSplit {};   // white space is dropped
struct WordRuns {};          // `Whitespace`: runs of \w, and of what is neither \w nor white space
struct BertPreTokenizer {};  // white space is dropped, punctuation stands alone

struct PunctuationSplit {
  SplitBehavior behavior = SplitBehavior::isolated;
};

struct DigitSplit {
  bool individual_digits = false;  // else runs of digits
};

// At every `pattern`, which is not empty.
struct LiteralSplit {
  std::string pattern;
  SplitBehavior behavior = SplitBehavior::removed;
};

// U+0020 becomes `replacement`.
struct Metaspace {
  std::string replacement = "\u2581";
  MetaspacePrepend prepend = MetaspacePrepend::always;
  bool prepend_to_marked = false;  // put a mark even where there is one already
  bool split = true;               // cut before every mark
};

// The regular expressions that cut text for byte-level BPE.
enum class BytePattern { gpt2, cl100k, qwen2 };

// A space before a text that has none.
struct PrefixSpace {};

using PreTokenizerStep = std::variant<WhitespaceSplit, WordRuns, BertPreTokenizer, PunctuationSplit,
                                      DigitSplit, LiteralSplit, Metaspace, BytePattern, PrefixSpace>;

// Bytes [begin, end) of a text, not empty.
struct Word {
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct WordList {
  NormalizedText text;
  std::vector<Word> words;  // in order, not overlapping; each is given to the model on its own
};

WordList PreTokenize(NormalizedText text, const std::vector<PreTokenizerStep>& steps);

}  // namespace voisin::encoder
