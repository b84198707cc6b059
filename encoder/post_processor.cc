#include "encoder/post_processor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace voisin::encoder {
namespace {

bool IsToken(const TemplateItem& item) { return item.kind == TemplateItem::Kind::token; }

void Append(const TokenRun& run, int32_t type_id, Encoding& encoding) {
  encoding.input_ids.insert(encoding.input_ids.end(), run.ids.begin(), run.ids.end());
  encoding.offsets.insert(encoding.offsets.end(), run.spans.begin(), run.spans.end());
  encoding.token_type_ids.resize(encoding.input_ids.size(), type_id);
}

}  // namespace

void SetBertTemplates(int32_t cls, int32_t sep, PostProcessor& result) {
  using Kind = TemplateItem::Kind;
  result.single = {{Kind::token, cls, 0}, {Kind::first_text, 0, 0}, {Kind::token, sep, 0}};
  result.pair = result.single;
  result.pair.push_back({Kind::second_text, 0, 1});
  result.pair.push_back({Kind::token, sep, 1});
}

void SetRobertaTemplates(int32_t cls, int32_t sep, PostProcessor& result) {
  using Kind = TemplateItem::Kind;
  result.single = {{Kind::token, cls, 0}, {Kind::first_text, 0, 0}, {Kind::token, sep, 0}};
  result.pair = result.single;
  result.pair.push_back({Kind::token, sep, 0});
  result.pair.push_back({Kind::second_text, 0, 0});
  result.pair.push_back({Kind::token, sep, 0});
}

int32_t TokensBeforeText(const Template& items) {
  return static_cast<int32_t>(std::find_if_not(items.begin(), items.end(), IsToken) - items.begin());
}

int32_t TokensAfterText(const Template& items) {
  return static_cast<int32_t>(std::find_if_not(items.rbegin(), items.rend(), IsToken) - items.rbegin());
}

int32_t SpecialTokens(const Template& items) {
  return static_cast<int32_t>(std::count_if(items.begin(), items.end(), IsToken));
}

void TokenRun::Keep(size_t tokens) {
  ids.resize(std::min(ids.size(), tokens));
  spans.resize(ids.size());
}

void TruncateLongestFirst(size_t most, TokenRun& first, TokenRun& second) {
  if (first.ids.size() + second.ids.size() <= most) return;
  const bool swapped = first.ids.size() > second.ids.size();
  size_t shorter = std::min(first.ids.size(), second.ids.size());
  size_t longer = shorter > most ? shorter : std::max(shorter, most - shorter);
  if (shorter + longer > most) {
    shorter = most / 2;
    longer = most - shorter;
  }
  first.Keep(swapped ? longer : shorter);
  second.Keep(swapped ? shorter : longer);
}

Encoding FillTemplate(const Template& items, const TokenRun& first, const TokenRun& second,
                      bool add_special_tokens) {
  Encoding encoding;
  const size_t most = first.ids.size() + second.ids.size() + items.size();
  encoding.input_ids.reserve(most);
  encoding.token_type_ids.reserve(most);
  encoding.offsets.reserve(most);
  uint32_t position = 0;
  for (const TemplateItem& item : items) {
    switch (item.kind) {
      case TemplateItem::Kind::token:
        if (!add_special_tokens) break;
        encoding.input_ids.push_back(item.id);
        encoding.token_type_ids.push_back(item.type_id);
        encoding.offsets.push_back({position, position});
        break;
      case TemplateItem::Kind::first_text:
        Append(first, item.type_id, encoding);
        position = first.text_bytes;
        break;
      case TemplateItem::Kind::second_text:
        Append(second, item.type_id, encoding);
        position = second.text_bytes;
        break;
    }
  }
  return encoding;
}

}  // namespace voisin::encoder
