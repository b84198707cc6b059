#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/thread_pool.h"
#include "service/query_words.h"
#include "service/text_breaks.h"
#include "service/text_terms.h"

namespace voisin::service {

// Words of a language, and an index of texts that says how rare they are.
class TextFixture : public testing::Test {
 protected:
  explicit TextFixture(const std::string& language = "en") : analyzer_(**analyzers_.ForLanguage(language)) {
    index_ = std::move(index::LexicalIndex::Open({}, &pool_)->index);
  }

  void AddToIndex(std::string_view text) {
    ASSERT_TRUE(index_->Add(++points_, ToIndex(TermsOf(text, analyzer_))).ok());
  }
  QueryWords WordsOf(std::string_view query) const { return {query, analyzer_, *index_}; }

  // VOISIN_SEED, or a new one.
  static unsigned Seed() {
    const char* const given = std::getenv("VOISIN_SEED");
    return given == nullptr ? std::random_device()() : static_cast<unsigned>(std::stoul(given));
  }
  // Sentences, line breaks, several scripts, long words, marks.
  static std::string RandomText(std::mt19937& random, size_t parts) {
    static const std::vector<std::string> words = {"cat",
                                                   "Cats",
                                                   "dog",
                                                   "the",
                                                   "élan",
                                                   "ELAN",
                                                   "ß",
                                                   "猫",
                                                   "犬が好き",
                                                   "가.나",
                                                   "ไทยคำ",
                                                   "№5",
                                                   "3.14",
                                                   "don't",
                                                   "x",
                                                   "emoji",
                                                   "👩‍👩‍👧",
                                                   "e\u0301",
                                                   "naïve",
                                                   "antidisestablishmentarianism",
                                                   "http://a.b/c?d=e"};
    static const std::vector<std::string> marks = {" ",  " ",  " ",  " ",    " ",     ", ", ". ",
                                                   "! ", "? ", "\n", "\n\n", "。",    "",   " — ",
                                                   " (", ") ", "\t", "...",  "\u00a0"};
    std::string text;
    for (size_t i = 0; i < parts; ++i) {
      text += words[random() % words.size()];
      text += marks[random() % marks.size()];
    }
    return text;
  }

  encoder::WordAnalyzers analyzers_;
  const encoder::SharedAnalyzer& analyzer_;
  ThreadPool pool_{{}};
  std::unique_ptr<index::LexicalIndex> index_;
  const TextBreaks breaks_ = *TextBreaks::Create();

 private:
  index::PointId points_ = 0;
};

}  // namespace voisin::service
