#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/added_tokens.h"

namespace voisin::encoder {

// What stands beside a vocabulary that is no tokenizer.json, with the defaults of Hugging Face transformers.
struct TokenizerSettings {
  std::string tokenizer_class;  // without the "Fast" at its end; empty: not said
  bool do_lower_case = true;
  std::optional<bool> strip_accents;  // unset: where do_lower_case is
  bool tokenize_chinese_chars = true;
  bool add_prefix_space = false;
  std::map<std::string, AddedToken> special_tokens;  // by role, "cls_token"; without their ids
  bool mask_has_flags = false;                       // mask_token is more than a text
  std::vector<AddedToken> added_tokens;              // id -1: that of the vocabulary, or the next free one
};

// From tokenizer_config.json; where that has no added_tokens_decoder, special_tokens_map.json and added_tokens.json are
// heard too. A class that no file names follows from config.json's model_type. All four may be missing.
absl::StatusOr<TokenizerSettings> ReadTokenizerSettings(const std::filesystem::path& model_dir);

// The text of a tokenizer_config.json alone.
absl::StatusOr<TokenizerSettings> ParseTokenizerConfig(std::string_view json, std::string name);

}  // namespace voisin::encoder
