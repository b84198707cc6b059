#pragma once

#include <string_view>

#include "service/query_words.h"
#include "service/text_breaks.h"
#include "service/types.h"

namespace voisin::service {

// The passage of `text`, UTF-8 of less than 2^31 bytes, of at most `max_bytes` whose words have the greatest Coverage of
// `words`, the first of equals; without a word of the query the beginning of the text. Around what counts, it begins with
// a sentence where that fits, else with a word, and ends with the last sentence that leaves it at least half full, else
// with the last word. White space at its ends is left out, words are whole. Empty when no word near the beginning fits.
Snippet MakeSnippet(std::string_view text, const QueryWords& words, uint32_t max_bytes,
                    const TextBreaks& breaks);

// As the request says it, or the default.
uint32_t SnippetBytes(const SnippetParams& params);

// InvalidArgument at "snippet.max_bytes".
absl::Status CheckSnippet(const SnippetParams& params);

}  // namespace voisin::service
