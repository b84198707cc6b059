#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "encoder/tokenizer_settings.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {

// What a tokenizer class calls its special tokens where no file says it.
struct SpecialTokenNames {
  std::string_view cls;
  std::string_view sep;
  std::string_view unk;
  std::string_view pad;
  std::string_view mask;
  bool mask_takes_space;  // a mask that is named without flags takes the white space before it along
};

struct SpecialTokenIds {
  int32_t cls = 0;
  int32_t sep = 0;
  int32_t unk = 0;
};

// Adds the special and added tokens of `settings` to `definition`, whose model is set; gives ids to those that have none
// there (-1): that of the piece, else the next behind all. InvalidArgument, naming the vocabulary `name`: it lacks cls,
// sep, unk, or a special token that a file asks for; ids that do not fit. A default pad or mask may be missing.
absl::StatusOr<SpecialTokenIds> AddSpecialTokens(const TokenizerSettings& settings,
                                                 const SpecialTokenNames& names, std::string_view name,
                                                 TokenizerDefinition& definition);

}  // namespace voisin::encoder
