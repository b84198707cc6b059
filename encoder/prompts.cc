#include <initializer_list>

#include "encoder/text_encoder.h"

namespace voisin::encoder {
namespace {

// The first of `names` that the model has.
const std::string* FindPrompt(const ModelInfo& info, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto found = info.prompts.find(name); found != info.prompts.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

std::string_view PromptOf(const ModelInfo& info, TextRole role) {
  const std::string* prompt = nullptr;
  if (role == TextRole::query) prompt = FindPrompt(info, {"query", "search_query"});
  if (role == TextRole::document)
    prompt = FindPrompt(info, {"document", "passage", "corpus", "search_document"});
  if (prompt == nullptr) prompt = FindPrompt(info, {info.default_prompt_name.c_str()});
  return prompt == nullptr ? std::string_view() : std::string_view(*prompt);
}

}  // namespace voisin::encoder
