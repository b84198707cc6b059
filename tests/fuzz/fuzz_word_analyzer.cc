// Any bytes as a text: words in order and disjoint, at character boundaries, and as many with a stemmer as without one.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "encoder/utf8.h"
#include "encoder/word_analyzer.h"

namespace {

using voisin::encoder::AnalyzedWord;
using voisin::encoder::WordAnalyzer;

bool AtCharacter(const std::string& text, uint32_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

void CheckWords(const std::string& text, const std::vector<AnalyzedWord>& words) {
  const bool well_formed = voisin::encoder::CheckUtf8(text).ok();
  uint32_t behind = 0;
  for (const AnalyzedWord& word : words) {
    if (word.begin < behind || word.end <= word.begin || word.end > text.size()) abort();
    if (well_formed && !(AtCharacter(text, word.begin) && AtCharacter(text, word.end))) abort();
    behind = word.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto whole = *WordAnalyzer::Create("none");
  static const auto french = *WordAnalyzer::Create("fr");
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<AnalyzedWord> words = whole->Analyze(text);
  CheckWords(text, words);
  const std::vector<std::string> forms = whole->Forms(text);
  if (french->Analyze(text).size() != words.size() || forms.size() != words.size()) abort();
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].term != voisin::encoder::TermOf(forms[i])) abort();
  }
  return 0;
}
