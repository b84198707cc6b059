#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "encoder/batch.h"

namespace voisin::encoder {

// One place of a template: a special token, or one of the texts.
struct TemplateItem {
  enum class Kind { token, first_text, second_text };
  Kind kind = Kind::token;
  int32_t id = 0;  // of a special token
  int32_t type_id = 0;
};

using Template = std::vector<TemplateItem>;

// How the tokens of one text or two become an encoding.
struct PostProcessor {
  Template single = {{.kind = TemplateItem::Kind::first_text}};
  Template pair = {{.kind = TemplateItem::Kind::first_text},
                   {.kind = TemplateItem::Kind::second_text, .id = 0, .type_id = 1}};
  bool trim_offsets = false;  // the spans of tokens leave out the spaces at their ends
};

// [CLS] A [SEP], and [CLS] A [SEP] B [SEP] whose second text and last token have type 1.
void SetBertTemplates(int32_t cls, int32_t sep, PostProcessor& result);
// <s> A </s>, and <s> A </s></s> B </s>, all of type 0.
void SetRobertaTemplates(int32_t cls, int32_t sep, PostProcessor& result);

int32_t TokensBeforeText(const Template& items);
int32_t TokensAfterText(const Template& items);
int32_t SpecialTokens(const Template& items);

// The tokens of one text.
struct TokenRun {
  std::vector<int32_t> ids;
  std::vector<ByteSpan> spans;
  uint32_t text_bytes = 0;
  size_t enough = SIZE_MAX;  // no word is begun behind so many tokens

  bool IsFull() const { return ids.size() >= enough; }
  void Add(int32_t id, ByteSpan span) {
    ids.push_back(id);
    spans.push_back(span);
  }
  // Drops the tail.
  void Keep(size_t tokens);
};

// Drops tails until both runs have at most `most` tokens together: of the longer one first, then evenly.
void TruncateLongestFirst(size_t most, TokenRun& first, TokenRun& second);

// `items` filled in; without its special tokens unless they are wanted. Special tokens have empty spans: at byte 0
// before the first text, else at the end of the text before them.
Encoding FillTemplate(const Template& items, const TokenRun& first, const TokenRun& second,
                      bool add_special_tokens);

}  // namespace voisin::encoder
