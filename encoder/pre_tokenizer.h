#pragma once

#include <cstddef>
#include <vector>

#include "encoder/normalizer.h"

namespace voisin::encoder {

// When U+2581, the mark of a word's beginning, is put before a text.
enum class MetaspacePrepend { always, first, never };  // first: only where the caller's text begins

struct PreTokenizerOptions {
  bool split_white_space = false;  // every word becomes a text of its own; white space is dropped
  bool metaspace = false;          // U+0020 becomes U+2581, with the options below
  MetaspacePrepend prepend = MetaspacePrepend::always;
  bool prepend_to_marked = false;  // put a mark even where there is one already
  bool split_words = false;        // cut before every mark
};

// Word i, to be segmented on its own, is text [i == 0 ? 0 : ends[i - 1], ends[i]).
struct WordList {
  NormalizedText text;
  std::vector<size_t> ends;
};

// `at_start`: `normalized` is the beginning of the caller's text.
WordList SplitWords(const NormalizedText& normalized, const PreTokenizerOptions& options, bool at_start);

}  // namespace voisin::encoder
